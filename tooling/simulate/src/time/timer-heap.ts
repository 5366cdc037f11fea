/** Something that is due at a time. */
export interface Timer {
  readonly at: number
  /** Of those that are due at the same time the one that was armed first goes first. */
  readonly serial: number
  /** `undefined` when it was cancelled: it stays in the heap until it is due. */
  run: (() => void) | undefined
}

/** Timers, the earliest first: a binary heap. */
export class TimerHeap {
  readonly #timers: Timer[] = []

  get first(): Timer | undefined {
    return this.#timers[0]
  }

  push(timer: Timer): void {
    const timers = this.#timers
    let at = timers.length
    timers.push(timer)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = timers[above]
      if (parent === undefined || !isBefore(timer, parent)) break
      timers[at] = parent
      at = above
    }
    timers[at] = timer
  }

  /** Takes the first one out. */
  pop(): void {
    const timers = this.#timers
    const last = timers.pop()
    if (last === undefined || timers.length === 0) return
    let at = 0
    for (;;) {
      const left = timers[2 * at + 1]
      if (left === undefined) break
      const right = timers[2 * at + 2]
      const least = right !== undefined && isBefore(right, left) ? right : left
      if (!isBefore(least, last)) break
      timers[at] = least
      at = least === left ? 2 * at + 1 : 2 * at + 2
    }
    timers[at] = last
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.serial < other.serial)
}
