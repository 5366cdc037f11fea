import type { ConcurrencyLimit, LimitBounds } from './concurrency-limit.ts'
import { DropRound } from './drop-round.ts'

/** Samples over which the long average is taken. */
const longSamples = 600
/** The long average is the plain one so long: before, a few samples would weigh too much. */
const warmUpSamples = 10
/** Answers may take so many times longer than on average before the limit goes down. */
const tolerance = 1.5
/** How much of a new limit is taken over at once. */
const smoothing = 0.2
const dropFactor = 0.9

/**
 * Compares how long an answer takes now with how long answers took of late: as they get slower the limit goes down, and
 * else it grows by a queue of the size of its square root. (Netflix's "gradient2" of concurrency-limits.)
 *
 * It does not grow while less than half of it is used: then it would say nothing.
 */
export class GradientLimit implements ConcurrencyLimit {
  readonly #bounds: LimitBounds
  readonly #round: DropRound = new DropRound()
  #limit: number
  #longMs = 0
  #samples = 0

  constructor(bounds: LimitBounds) {
    this.#bounds = bounds
    this.#limit = bounds.initial
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  answered(latencyMs: number, inFlight: number): void {
    this.#round.outcome()
    // A clock may not tell apart what is too quick for it.
    const shortMs = Math.max(latencyMs, 0.001)
    const longMs = this.#average(shortMs)
    // A peer that became quicker: the average would take long to follow.
    if (longMs / shortMs > 2) this.#longMs *= 0.95
    if (inFlight < this.#limit / 2) return
    const gradient = Math.max(0.5, Math.min(1, (tolerance * longMs) / shortMs))
    const target = this.#limit * gradient + Math.sqrt(this.#limit)
    this.#set(this.#limit * (1 - smoothing) + target * smoothing)
  }

  dropped(inFlight: number): void {
    if (this.#round.isNewDrop(inFlight)) this.#set(this.#limit * dropFactor)
  }

  #average(latencyMs: number): number {
    this.#samples += 1
    const weight = this.#samples <= warmUpSamples ? 1 / this.#samples : 2 / (longSamples + 1)
    this.#longMs += (latencyMs - this.#longMs) * weight
    return this.#longMs
  }

  #set(limit: number): void {
    this.#limit = Math.max(this.#bounds.min, Math.min(this.#bounds.max, limit))
  }
}
