import type { Clock, HttpRequest } from '@halyard/core'
import { LatencyQuantile } from './latency-quantile.ts'

/** Of these at most a histogram is kept; the one that was not asked for the longest time goes first. */
const most = 1_000

/** The latencies of each origin and method. */
export class Latencies {
  readonly #clock: Pick<Clock, 'now'>
  readonly #known = new Map<string, LatencyQuantile>()
  #lastKey: string | undefined
  #last: LatencyQuantile | undefined

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  of({ method, origin }: HttpRequest): LatencyQuantile {
    const key = `${method} ${origin}`
    if (this.#last !== undefined && key === this.#lastKey) return this.#last
    const found = this.#known.get(key) ?? new LatencyQuantile(this.#clock)
    // To the end: what stands first was asked for longest ago.
    this.#known.delete(key)
    this.#known.set(key, found)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= most) break
      this.#known.delete(oldest)
    }
    this.#lastKey = key
    this.#last = found
    return found
  }

  /** The quantile of each, by method and origin, for gauges. */
  shown(quantile: number): Readonly<Record<string, number | undefined>> {
    return Object.fromEntries(Array.from(this.#known, ([key, latency]) => [key, latency.at(quantile)]))
  }
}
