import type { Clock } from '@halyard/core'
import type { RateLimiter } from './rate-limiter.ts'

/** At most `permits` in whatever stretch of `perMs`: exact, for it remembers when each was taken. */
export class SlidingWindow implements RateLimiter {
  readonly #clock: Clock
  readonly #perMs: number
  /** A ring: when the last `permits` were taken, the oldest at `#at`. */
  readonly #taken: Float64Array
  #at = 0
  #pausedUntil = -Infinity

  constructor(clock: Clock, permits: number, perMs: number) {
    this.#clock = clock
    this.#perMs = perMs
    this.#taken = new Float64Array(permits).fill(-Infinity)
  }

  /** Whether nothing would be lost if it were forgotten: all permits are there. */
  get isFull(): boolean {
    const now = this.#clock.now()
    const latest = this.#taken.at(this.#at - 1) ?? -Infinity
    return latest + this.#perMs <= now && this.#pausedUntil <= now
  }

  /** Takes a permit, if one is there. */
  take(): boolean {
    const now = this.#clock.now()
    if (now < this.#pausedUntil || (this.#taken[this.#at] ?? 0) + this.#perMs > now) return false
    this.#taken[this.#at] = now
    this.#at = this.#at + 1 === this.#taken.length ? 0 : this.#at + 1
    return true
  }

  /** Milliseconds until the `count`-th permit from now on is there, if nobody else takes one; 0 if it is. */
  waitMs(count: number): number {
    const now = this.#clock.now()
    const permits = this.#taken.length
    // Each time that all have been taken anew, a whole `perMs` has passed.
    const rounds = Math.floor((count - 1) / permits)
    const freeAt = (this.#taken[(this.#at + ((count - 1) % permits)) % permits] ?? 0) + this.#perMs
    return Math.max(freeAt, this.#pausedUntil, now) + rounds * this.#perMs - now
  }

  /** No permit before `until`, on the clock’s scale. */
  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }
}
