import type { CancelTimer, Clock } from '@halyard/core'
import { eventLoopTurn } from './event-loop-turn.ts'
import { seededRandom } from './seeded-random.ts'

/** How a fake clock begins. */
export interface FakeClockOptions {
  /** What `now` says at first. @defaultValue 0 */
  readonly startMs?: number
  /** What `date` says at first. @defaultValue 2026-01-01T00:00:00Z */
  readonly startDate?: Date
  /** Of the numbers that `random` gives. @defaultValue 1 */
  readonly seed?: number
}

/** A clock that moves when it is told to. */
export interface FakeClock extends Clock {
  /** Timers that are armed. */
  readonly pending: number
  /** When the next timer is due, on the scale of `now`; `undefined` without timers. */
  readonly nextAt: number | undefined
  /** The source of chance; set another as you like. The same seed gives the same numbers. */
  random: () => number
  /**
   * Moves on by `ms` and fires what comes due on the way, in order of due time, letting promise chains run before each.
   * @throws what a timer threw, after the rest has run.
   */
  advance(ms: number): Promise<void>
  /** Moves on from timer to timer until none is left. */
  runAll(): Promise<void>
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

const defaultDate = Date.UTC(2026, 0, 1)
const mostTimers = 100_000

/**
 * Makes a clock for tests: time stands still until `advance`.
 *
 * @example
 * ```ts
 * const clock = fakeClock()
 * clock.after(30_000, () => console.log('late'))
 * await clock.advance(30_000)
 * ```
 */
export function fakeClock(options: FakeClockOptions = {}): FakeClock {
  return new SteppedClock(options)
}

class SteppedClock implements FakeClock {
  random: () => number
  #now: number
  /** From `now` to `date`. */
  readonly #offset: number
  readonly #timers = new Set<Timer>()

  constructor({ startMs = 0, startDate, seed = 1 }: FakeClockOptions) {
    this.#now = startMs
    this.#offset = (startDate?.getTime() ?? defaultDate) - startMs
    this.random = seededRandom(seed)
  }

  get pending(): number {
    return this.#timers.size
  }

  get nextAt(): number | undefined {
    return this.#next()?.at
  }

  now(): number {
    return this.#now
  }

  date(): number {
    return this.#now + this.#offset
  }

  after(ms: number, run: () => void): CancelTimer {
    const timer = { at: this.#now + Math.max(0, ms), run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.#fire(end)
    this.#now = end
  }

  runAll(): Promise<void> {
    return this.#fire(Infinity)
  }

  async #fire(end: number): Promise<void> {
    const failures: unknown[] = []
    for (let fired = 0; ; fired += 1) {
      // What was started before, or by the last timer, may arm another.
      await eventLoopTurn()
      const timer = this.#next()
      if (timer === undefined || timer.at > end) break
      if (fired === mostTimers) throw new Error(`${mostTimers} timers fired, and each arms another`)
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      try {
        timer.run()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  /** The earliest; of several, the one armed first. */
  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }
}
