/** Latencies of calls, milliseconds, with exact quantiles. */
export class Latencies {
  readonly #all: number[] = []
  #sorted = true

  get count(): number {
    return this.#all.length
  }

  add(ms: number): void {
    this.#all.push(ms)
    this.#sorted = false
  }

  /** What the share `quantile` of them did not exceed. */
  at(quantile: number): number {
    if (!this.#sorted) this.#all.sort((left, right) => left - right)
    this.#sorted = true
    // A hair less: 0.9 times 10 is more than 9 in floating point.
    const index = Math.ceil(this.#all.length * quantile - 1e-9) - 1
    return this.#all[Math.max(0, index)] ?? Number.NaN
  }
}
