import type { ConcurrencyLimit, LimitBounds } from './concurrency-limit.ts'
import { DropRound } from './drop-round.ts'

const dropFactor = 0.9

/**
 * Additive increase, multiplicative decrease: one more for each round of calls that were answered in time, a tenth less
 * for each round in which some failed or took longer than `slowCallMs`.
 *
 * It does not grow while less than half of it is used: then it would say nothing.
 */
export class AimdLimit implements ConcurrencyLimit {
  readonly #bounds: LimitBounds
  readonly #slowCallMs: number
  readonly #round: DropRound = new DropRound()
  #limit: number

  constructor(bounds: LimitBounds, slowCallMs: number) {
    this.#bounds = bounds
    this.#slowCallMs = slowCallMs
    this.#limit = bounds.initial
  }

  /** As of now: a whole number. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** A call was answered after `latencyMs`; `inFlight` were under way, itself among them. */
  answered(latencyMs: number, inFlight: number): void {
    if (latencyMs >= this.#slowCallMs) {
      this.dropped(inFlight)
      return
    }
    this.#round.outcome()
    if (inFlight * 2 >= this.#limit) this.#limit = Math.min(this.#bounds.max, this.#limit + 1 / this.#limit)
  }

  /** A call failed in a way that speaks of overload. */
  dropped(inFlight: number): void {
    if (this.#round.isNewDrop(inFlight)) this.#limit = Math.max(this.#bounds.min, this.#limit * dropFactor)
  }
}
