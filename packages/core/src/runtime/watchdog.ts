import type { CancelTimer, Clock } from './clock.ts'

/** Something with a time limit that may move. Extend it; the list's links live in it, so that watching allocates nothing. */
export abstract class Watched {
  /** When it is due, on the clock's scale; `Infinity` while nothing limits it. Move it later as you like. */
  dueAt: number = Infinity
  /** @internal */ previous: Watched | undefined
  /** @internal */ next: Watched | undefined
  /** @internal */ watched = false

  /** The time has come: `dueAt` was reached and not moved. Called once per due time. */
  abstract onDue(now: number): void
}

/**
 * One timer for all the time limits of a client.
 *
 * A timer of the platform per limit costs more than a middleware. Limits are almost never reached, and move with every
 * chunk that comes; so moving one later is a plain assignment to `dueAt`, and a sweep looks at all of them when the
 * earliest known might be due. Only a limit earlier than the next sweep sets the timer anew.
 */
export class Watchdog {
  readonly #clock: Clock
  #first: Watched | undefined
  #sweepAt = Infinity
  #cancel: CancelTimer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  /** Watches `one` from now on, due at `dueAt`; also moves the due time of one that is watched. */
  watch(one: Watched, dueAt: number): void {
    one.dueAt = dueAt
    if (!one.watched) {
      one.watched = true
      one.next = this.#first
      one.previous = undefined
      if (this.#first !== undefined) this.#first.previous = one
      this.#first = one
    }
    if (dueAt < this.#sweepAt) this.#arm(dueAt)
  }

  unwatch(one: Watched): void {
    if (!one.watched) return
    one.watched = false
    if (one.previous === undefined) this.#first = one.next
    else one.previous.next = one.next
    if (one.next !== undefined) one.next.previous = one.previous
    one.previous = undefined
    one.next = undefined
  }

  /** Forgets everybody and stops the timer. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#sweepAt = Infinity
    while (this.#first !== undefined) this.unwatch(this.#first)
  }

  #arm(at: number): void {
    this.#cancel?.()
    this.#sweepAt = at
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), this.#sweep)
  }

  readonly #sweep = (): void => {
    this.#cancel = undefined
    this.#sweepAt = Infinity
    const now = this.#clock.now()
    let earliest = Infinity
    const due: Watched[] = []
    for (let one = this.#first; one !== undefined; one = one.next) {
      // A platform's timer may fire up to a millisecond early.
      if (one.dueAt <= now + 1) due.push(one)
      else if (one.dueAt < earliest) earliest = one.dueAt
    }
    if (earliest < this.#sweepAt) this.#arm(earliest)
    const failures: unknown[] = []
    for (const one of due) {
      if (!one.watched) continue
      if (one.dueAt <= now + 1) {
        one.dueAt = Infinity
        try {
          one.onDue(now)
        } catch (failure) {
          failures.push(failure)
        }
      }
      // Moved by a plain assignment, by itself or by another that was due.
      if (one.watched && one.dueAt < this.#sweepAt) this.#arm(one.dueAt)
    }
    if (failures.length > 0) throw failures[0]
  }
}
