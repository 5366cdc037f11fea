import type { Clock } from '@halyard/core'
import type { RateLimiter } from './rate-limiter.ts'

/** Sums of fractions are not exact. */
const toleranceMs = 1e-6

/**
 * A bucket of `permits` that fills evenly in `perMs`: at first as many at once as it holds, then one each `perMs / permits`.
 *
 * Kept is one number only, the time at which it will be full: each permit that is taken moves it on.
 */
export class TokenBucket implements RateLimiter {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #intervalMs: number
  #fullAt = -Infinity

  constructor(clock: Clock, permits: number, perMs: number) {
    this.#clock = clock
    this.#perMs = perMs
    this.#intervalMs = perMs / permits
  }

  /** Whether nothing would be lost if it were forgotten: all permits are there. */
  get isFull(): boolean {
    return this.#fullAt <= this.#clock.now()
  }

  /** Takes a permit, if one is there. */
  take(): boolean {
    const now = this.#clock.now()
    const fullAt = Math.max(this.#fullAt, now) + this.#intervalMs
    if (fullAt - now > this.#perMs + toleranceMs) return false
    this.#fullAt = fullAt
    return true
  }

  /** Milliseconds until the `count`-th permit from now on is there, if nobody else takes one; 0 if it is. */
  waitMs(count: number): number {
    const now = this.#clock.now()
    const waitMs = Math.max(this.#fullAt, now) + count * this.#intervalMs - now - this.#perMs
    return waitMs <= toleranceMs ? 0 : waitMs
  }

  /**
   * No permit before `until`, on the clock’s scale. Then there is one, and no more: whoever asked to be left alone is not
   * met by all who waited.
   */
  pause(until: number): void {
    this.#fullAt = Math.max(this.#fullAt, until + this.#perMs - this.#intervalMs)
  }
}
