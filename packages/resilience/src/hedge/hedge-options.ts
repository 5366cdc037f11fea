import { classify, ConfigError, type Classify } from '@halyard/core'
import { durationMs, guarded, integer, number, optionObject } from '@halyard/core/options'
import type { RetryBudgets } from '../retry/budgets.ts'

/** When a second request is sent, and how many there may be. */
export interface HedgeOptions {
  /** When a second request is sent: a percentile of the latency, live, such as `p95`; or milliseconds. @defaultValue 'p95' */
  readonly after?: `p${number}` | { readonly ms: number } | undefined
  /** Further requests of a call. @defaultValue 1 */
  readonly max?: number | undefined
  /** Further requests for each call that may have one, on the whole. @defaultValue { ratio: 0.05 } */
  readonly budget?: { readonly ratio?: number | undefined } | undefined
  /**
   * Judges answers: one that is `transient` does not win while another request is under way.
   * @defaultValue that of `@halyard/core`
   */
  readonly classify?: Classify | undefined
  /** What a further request is taken from, besides. @defaultValue none */
  readonly budgets?: RetryBudgets | undefined
}

export interface HedgeSettings {
  /** From 0 to 1; `undefined` where the delay is fixed. */
  readonly quantile: number
  readonly delayMs: number | undefined
  readonly max: number
  readonly ratio: number
  readonly classify: Classify
  readonly budgets: Pick<RetryBudgets, 'of'> | undefined
}

const readFixed = optionObject({ ms: durationMs })
const percentile = /^p(\d{1,2}(?:\.\d+)?)$/

/** A quantile, or milliseconds. */
type After = { readonly quantile: number } | { readonly ms: number }

function readAfter(value: unknown, option: string): After {
  if (typeof value === 'object' && value !== null) {
    const { ms } = readFixed(value, option)
    return { ms: durationMs(ms, `${option}.ms`) }
  }
  const quantile = Number(typeof value === 'string' ? percentile.exec(value)?.[1] : undefined) / 100
  if (quantile > 0 && quantile < 1) return { quantile }
  throw new ConfigError({ option, value, expected: "a percentile such as 'p95', or { ms }" })
}

const readOptions = optionObject({
  after: readAfter,
  max: integer({ min: 1, max: 10 }),
  budget: optionObject({ ratio: number({ min: 0, max: 10 }) }),
  classify: guarded((value): value is Classify => typeof value === 'function', 'a function'),
  budgets: guarded(
    (value): value is Pick<RetryBudgets, 'of'> => typeof value === 'object' && value !== null && 'of' in value,
    'retry budgets',
  ),
})

/** @throws ConfigError */
export function hedgeSettings(options: HedgeOptions): HedgeSettings {
  const given = readOptions(options, 'hedge')
  const after = given.after ?? { quantile: 0.95 }
  return {
    quantile: 'quantile' in after ? after.quantile : 0.95,
    delayMs: 'ms' in after ? after.ms : undefined,
    max: given.max ?? 1,
    ratio: given.budget?.ratio ?? 0.05,
    classify: given.classify ?? classify,
    budgets: given.budgets,
  }
}
