/** What may be saved up: how many can be sent at once when a peer that was well stalls. */
const mostSaved = 100
/** What there is at first, so that the first calls may be hedged too. */
const atFirst = 5

/** How many requests may be sent twice: a share of the calls. */
export class HedgeBudget {
  readonly #ratio: number
  #saved = atFirst

  constructor(ratio: number) {
    this.#ratio = ratio
  }

  get available(): number {
    return this.#saved
  }

  /** A call that may be hedged was made. */
  deposit(): void {
    this.#saved = Math.min(mostSaved, this.#saved + this.#ratio)
  }

  withdraw(): boolean {
    // A hair less: ten times 0.1 is not 1 in floating point.
    if (this.#saved < 1 - 1e-9) return false
    this.#saved -= 1
    return true
  }
}
