import type { Clock } from '@halyard/core'

/** How long it takes until an old latency counts for a third. */
const decayMs = 10_000
/** What a failing endpoint is taken to need at most. */
const mostPenaltyMs = 10_000

/**
 * The latency that is to be expected of an endpoint: a moving average that jumps to a peak at once, and comes down
 * slowly. Without news it comes down to nothing, so that a slow endpoint is asked again one day.
 */
export class PeakEwma {
  readonly #clock: Clock
  #ms: number | undefined
  #at = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds; `undefined` before the first observation. */
  get ms(): number | undefined {
    return this.#ms === undefined ? undefined : this.#ms * this.#kept(this.#clock.now())
  }

  observe(ms: number): void {
    const now = this.#clock.now()
    const known = this.#ms
    if (known === undefined || ms > known) this.#ms = ms
    else {
      const kept = this.#kept(now)
      this.#ms = known * kept + ms * (1 - kept)
    }
    this.#at = now
  }

  /** A failure is often fast, and must not draw traffic: it counts as twice what was expected. */
  penalize(ms: number): void {
    this.observe(Math.min(mostPenaltyMs, Math.max(ms, 2 * (this.ms ?? 0), 1)))
  }

  /** What was learnt while it was ill says nothing about it now. */
  forget(): void {
    this.#ms = undefined
  }

  #kept(now: number): number {
    return Math.exp((this.#at - now) / decayMs)
  }
}
