import type { CancelTimer, Clock } from '../src/index.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()

  get pending(): number {
    return this.#timers.size
  }

  /** When the next timer fires. */
  get nextAt(): number {
    return Math.min(...[...this.#timers].map(({ at }) => at))
  }

  now(): number {
    return this.#now
  }

  date(): number {
    return 1_700_000_000_000 + this.#now
  }

  random(): number {
    return 0.5
  }

  after(ms: number, run: () => void): CancelTimer {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Moves on by `ms` and fires what is due on the way, earliest first. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).toSorted((left, right) => left.at - right.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.run()
    }
    this.#now = end
  }
}
