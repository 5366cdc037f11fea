import type { Clock } from '@halyard/core'
import { budgetSettings, RetryBudget, type BudgetOptions, type BudgetSettings } from './budget.ts'

/** Origins that are remembered; the one that was not asked for the longest time is forgotten first. */
const mostOrigins = 1000

/**
 * One budget per origin, shared by all that send again: retry, hedge, failover. At most 1,000 are kept; an origin that
 * comes back after it was forgotten begins anew.
 */
export class RetryBudgets {
  readonly #clock: Pick<Clock, 'now'>
  readonly #options: BudgetSettings
  readonly #budgets = new Map<string, RetryBudget>()
  /** The one asked for last: most clients have one origin. */
  #lastOrigin: string | undefined
  #last: RetryBudget | undefined

  /**
   * @param option How errors call the options.
   * @throws ConfigError
   */
  constructor(clock: Pick<Clock, 'now'>, options: BudgetOptions = {}, option = 'budget') {
    this.#clock = clock
    this.#options = budgetSettings(options, option)
  }

  /** The budget of an origin; made when it is first asked for. */
  of(origin: string): RetryBudget {
    if (this.#last !== undefined && origin === this.#lastOrigin) return this.#last
    const known = this.#budgets.get(origin)
    // To the end: what stands first was asked for longest ago.
    if (known !== undefined) this.#budgets.delete(origin)
    const budget = known ?? new RetryBudget(this.#clock, this.#options)
    this.#budgets.set(origin, budget)
    if (this.#budgets.size > mostOrigins) this.#forgetOne()
    this.#lastOrigin = origin
    this.#last = budget
    return budget
  }

  /** What is left of each, by origin. */
  available(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#budgets, ([origin, budget]) => [origin, Math.floor(budget.available)]))
  }

  #forgetOne(): void {
    for (const oldest of this.#budgets.keys()) {
      this.#budgets.delete(oldest)
      return
    }
  }
}
