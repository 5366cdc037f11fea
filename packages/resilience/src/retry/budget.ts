import type { Clock } from '@halyard/core'
import { number, optionObject, type OptionSpec } from '@halyard/core/options'

/** How many retries there may be. */
export interface BudgetOptions {
  /** Retries for each call. @defaultValue 0.2 */
  readonly ratio?: number | undefined
  /** Retries a second that are allowed whatever the number of calls. @defaultValue 10 */
  readonly perSecond?: number | undefined
}

/** The options as they are used. */
export interface BudgetSettings {
  readonly ratio: number
  readonly perSecond: number
}

const budgetSpec = optionObject({ ratio: number({ min: 0, max: 1000 }), perSecond: number({ min: 0, max: 1e6 }) })

/** Checks the options of a budget and fills in the defaults. @throws ConfigError */
export const budgetSettings: OptionSpec<BudgetSettings> = (value, option) => {
  const { ratio, perSecond } = budgetSpec(value, option)
  return { ratio: ratio ?? 0.2, perSecond: perSecond ?? 10 }
}

/** Calls and retries older than this no longer count. */
const windowSeconds = 10

/**
 * How much may be sent again, so that a peer in trouble does not get more of it: in any ten seconds `perSecond` times ten,
 * and `ratio` times the calls of these seconds. It starts with ten seconds' worth of `perSecond`.
 *
 * Counts whole calls and retries in slots of a second: nothing is lost to rounding.
 */
export class RetryBudget {
  readonly #clock: Pick<Clock, 'now'>
  readonly #ratio: number
  readonly #reserve: number
  readonly #calls: number[] = Array.from({ length: windowSeconds }, () => 0)
  readonly #retries: number[] = Array.from({ length: windowSeconds }, () => 0)
  #callsSum = 0
  #retriesSum = 0
  /** The slot of now, counted from the clock's zero. */
  #slot: number

  /** @throws ConfigError */
  constructor(clock: Pick<Clock, 'now'>, options: BudgetOptions = {}) {
    const { ratio, perSecond } = budgetSettings(options, 'budget')
    this.#clock = clock
    this.#ratio = ratio
    this.#reserve = perSecond * windowSeconds
    this.#slot = Math.floor(clock.now() / 1000)
  }

  /** One call was made. */
  deposit(): void {
    const at = this.#turn()
    this.#calls[at] = (this.#calls[at] ?? 0) + 1
    this.#callsSum += 1
  }

  /** Takes one retry, if there is one left. */
  withdraw(): boolean {
    const at = this.#turn()
    if (this.#left() < 1) return false
    this.#retries[at] = (this.#retries[at] ?? 0) + 1
    this.#retriesSum += 1
    return true
  }

  /** Retries that are left now; a fraction of one is not enough for one. */
  get available(): number {
    this.#turn()
    return Math.max(0, this.#left())
  }

  #left(): number {
    // A hair more: 0.1 times 30 may be less than 3 in floating point.
    return this.#reserve + this.#ratio * this.#callsSum - this.#retriesSum + 1e-9
  }

  /** Forgets what is too old, and returns the index of the slot of now. */
  #turn(): number {
    const slot = Math.floor(this.#clock.now() / 1000)
    const first = Math.max(this.#slot, slot - windowSeconds)
    for (let passed = first + 1; passed <= slot; passed += 1) {
      const at = indexOf(passed)
      this.#callsSum -= this.#calls[at] ?? 0
      this.#retriesSum -= this.#retries[at] ?? 0
      this.#calls[at] = 0
      this.#retries[at] = 0
    }
    if (slot > this.#slot) this.#slot = slot
    return indexOf(this.#slot)
  }
}

/** A clock may begin below zero. */
function indexOf(slot: number): number {
  return ((slot % windowSeconds) + windowSeconds) % windowSeconds
}
