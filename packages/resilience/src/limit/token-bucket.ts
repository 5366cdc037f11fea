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

  get isFull(): boolean {
    return this.#fullAt <= this.#clock.now()
  }

  take(): boolean {
    const now = this.#clock.now()
    const fullAt = Math.max(this.#fullAt, now) + this.#intervalMs
    if (fullAt - now > this.#perMs + toleranceMs) return false
    this.#fullAt = fullAt
    return true
  }

  waitMs(count: number): number {
    const now = this.#clock.now()
    const waitMs = Math.max(this.#fullAt, now) + count * this.#intervalMs - now - this.#perMs
    return waitMs <= toleranceMs ? 0 : waitMs
  }

  /** Then there is one, and no more: whoever asked to be left alone is not met by all who waited. */
  pause(until: number): void {
    this.#fullAt = Math.max(this.#fullAt, until + this.#perMs - this.#intervalMs)
  }
}
