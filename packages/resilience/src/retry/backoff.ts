import { durationMs, number, oneOf, optionObject, orFalse } from '@halyard/core/options'
import type { Failure } from '../outcome/index.ts'

/**
 * Milliseconds to wait before an attempt: `attempt` is 1 for the first repetition, `random` gives 0 (included) to 1
 * (excluded). Must give a finite number, 0 or more.
 */
export type Backoff = (attempt: number, failure: Failure, random: () => number) => number

/** `full`: from 0 to the wait. `equal`: from half of it to the wait. `false`: the wait itself. */
export type Jitter = 'full' | 'equal' | false

/** Of {@link constant}. */
export interface ConstantOptions {
  /** Each wait, milliseconds. */
  readonly ms: number
}

/** Of {@link exponential}. Times in milliseconds. */
export interface ExponentialOptions {
  /** The first wait. @defaultValue 100 */
  readonly baseMs?: number | undefined
  /** What each wait is multiplied by for the next. @defaultValue 2 */
  readonly factor?: number | undefined
  /** The longest wait. @defaultValue 10_000 */
  readonly maxMs?: number | undefined
  /** @defaultValue `'full'` */
  readonly jitter?: Jitter | undefined
}

/** Of {@link decorrelated}. Times in milliseconds. */
export interface DecorrelatedOptions {
  /** The shortest wait. @defaultValue 100 */
  readonly baseMs?: number | undefined
  /** The longest wait. @defaultValue 10_000 */
  readonly maxMs?: number | undefined
}

const zeroOrMoreMs = number({ min: 0, max: 2 ** 31 - 1 })
const constantSpec = optionObject({ ms: zeroOrMoreMs })
const exponentialSpec = optionObject({
  baseMs: durationMs,
  factor: number({ min: 1 }),
  maxMs: durationMs,
  jitter: orFalse(oneOf('full', 'equal')),
})
const decorrelatedSpec = optionObject({ baseMs: durationMs, maxMs: durationMs })

/**
 * The same wait each time. Clients that fail together come back together: for a few clients only.
 * @throws ConfigError
 */
export function constant(options: ConstantOptions): Backoff {
  const { ms } = constantSpec(options, 'constant')
  const wait = ms ?? zeroOrMoreMs(ms, 'constant.ms')
  return () => wait
}

/**
 * Waits that grow by a factor up to a cap, with a share of chance.
 * @throws ConfigError
 */
export function exponential(options: ExponentialOptions = {}): Backoff {
  const { baseMs = 100, factor = 2, maxMs = 10_000, jitter = 'full' } = exponentialSpec(options, 'exponential')
  return (attempt, _failure, random) => {
    const most = Math.min(maxMs, baseMs * factor ** (attempt - 1))
    if (jitter === false) return most
    return jitter === 'full' ? random() * most : most / 2 + (random() * most) / 2
  }
}

/**
 * Each wait is drawn between `baseMs` and three times the wait before it, up to `maxMs`. The waits before it are drawn
 * anew, so that one backoff serves all calls: what it gives has the distribution of such a chain.
 * @throws ConfigError
 */
export function decorrelated(options: DecorrelatedOptions = {}): Backoff {
  const { baseMs = 100, maxMs = 10_000 } = decorrelatedSpec(options, 'decorrelated')
  return (attempt, _failure, random) => {
    let wait = baseMs
    // A chain forgets how it began: further back, a draw changes nothing.
    for (let step = Math.min(attempt, 20); step > 0; step -= 1) {
      wait = Math.min(maxMs, baseMs + random() * (wait * 3 - baseMs))
    }
    return wait
  }
}
