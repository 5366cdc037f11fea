import type { ConcurrencyLimit, LimitBounds } from './concurrency-limit.ts'
import { DropRound } from './drop-round.ts'

/** Samples at first of which the usual time is the plain average. */
const warmUpSamples = 10
/** Rounds of calls over which the usual time follows answers that get quicker, and slower. */
const roundsDown = 10
const roundsUp = 1000
/** Answers may take so many times longer than usual before the limit goes down. */
const tolerance = 1.5
/** How much of a new limit is taken over at once. */
const smoothing = 0.2
const dropFactor = 0.9

/**
 * Compares how long answers take, averaged over one round of calls, with how long they usually take: as they get slower
 * the limit goes down, and else it grows by its square root. After the "gradient" limits of Netflix's concurrency-limits.
 *
 * What is usual follows quicker answers soon, and slower ones late: else a peer that is overloaded for long would teach
 * that this is how it is. The limit does not grow while less than half of it is used: then it would say nothing.
 */
export class GradientLimit implements ConcurrencyLimit {
  readonly #bounds: LimitBounds
  readonly #round: DropRound = new DropRound()
  #limit: number
  #samples = 0
  /** Of about one round. */
  #shortMs = 0
  #usualMs = 0

  constructor(bounds: LimitBounds) {
    this.#bounds = bounds
    this.#limit = bounds.initial
  }

  /** As of now: a whole number. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** A call was answered after `latencyMs`; `inFlight` were under way, itself among them. */
  answered(latencyMs: number, inFlight: number): void {
    this.#round.outcome()
    this.#average(latencyMs, inFlight)
    if (inFlight < this.#limit / 2) return
    const gradient = Math.max(0.5, Math.min(1, (tolerance * this.#usualMs) / this.#shortMs))
    const target = this.#limit * gradient + Math.sqrt(this.#limit)
    this.#set(this.#limit * (1 - smoothing) + target * smoothing)
  }

  /** A call failed in a way that speaks of overload. */
  dropped(inFlight: number): void {
    if (this.#round.isNewDrop(inFlight)) this.#set(this.#limit * dropFactor)
  }

  #average(latencyMs: number, inFlight: number): void {
    this.#samples += 1
    const weight = Math.max(1 / this.#samples, 2 / (inFlight + 1))
    // A clock may not tell apart what is too quick for it.
    this.#shortMs += (Math.max(latencyMs, 0.001) - this.#shortMs) * Math.min(1, weight)
    const change = this.#shortMs - this.#usualMs
    if (this.#samples <= warmUpSamples) this.#usualMs = this.#shortMs
    else this.#usualMs += (change * Math.min(1, weight)) / (change < 0 ? roundsDown : roundsUp)
  }

  #set(limit: number): void {
    this.#limit = Math.max(this.#bounds.min, Math.min(this.#bounds.max, limit))
  }
}
