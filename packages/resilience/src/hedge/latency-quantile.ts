import type { Clock } from '@halyard/core'

/** Upper bounds of the buckets grow by this factor: how exact a quantile is. */
const growth = 1.05
const logGrowth = Math.log(growth)
/** The bound of the first bucket. */
const leastMs = 0.1
/** From 0.1 ms to about 100 s; what is longer falls into the last bucket. */
const buckets = 284
/** A sample counts for one to two such times. */
const windowMs = 30_000

/**
 * A quantile of the latencies of late: a histogram of this window of time and of the one before.
 * Rounded up, to 5%: fewer samples lie above it than its name says, never more.
 */
export class LatencyQuantile {
  readonly #clock: Pick<Clock, 'now'>
  #current: Uint32Array = new Uint32Array(buckets)
  #before: Uint32Array = new Uint32Array(buckets)
  #currentCount = 0
  #beforeCount = 0
  #endsAt: number

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#endsAt = endOf(clock.now())
  }

  /** Samples that count now. */
  get count(): number {
    this.#turn()
    return this.#currentCount + this.#beforeCount
  }

  observe(ms: number): void {
    this.#turn()
    const at = ms <= leastMs ? 0 : Math.min(buckets - 1, Math.ceil(Math.log(ms / leastMs) / logGrowth))
    this.#current[at] = (this.#current[at] ?? 0) + 1
    this.#currentCount += 1
  }

  /** Milliseconds that the share `quantile` of the samples did not exceed; `undefined` without samples. */
  at(quantile: number): number | undefined {
    const { count } = this
    if (count === 0) return undefined
    let left = Math.ceil(count * quantile)
    for (let at = 0; at < buckets; at += 1) {
      left -= (this.#current[at] ?? 0) + (this.#before[at] ?? 0)
      if (left <= 0) return leastMs * growth ** at
    }
    return leastMs * growth ** (buckets - 1)
  }

  #turn(): void {
    const now = this.#clock.now()
    if (now < this.#endsAt) return
    const isLong = now >= this.#endsAt + windowMs
    const reused = this.#before
    this.#before = this.#current
    this.#beforeCount = this.#currentCount
    this.#current = reused.fill(0)
    this.#currentCount = 0
    if (isLong) {
      this.#before.fill(0)
      this.#beforeCount = 0
    }
    this.#endsAt = endOf(now)
  }
}

/** Of the window that holds `now`. */
function endOf(now: number): number {
  return (Math.floor(now / windowMs) + 1) * windowMs
}
