import { ConfigError, type Classify } from '@halyard/core'
import { durationMs, guarded, integer, number, optionObject, type OptionSpec } from '@halyard/core/options'
import type { CircuitSettings, CircuitState } from './circuit.ts'

/** One circuit has changed. */
export interface CircuitChange {
  readonly origin: string
  readonly from: CircuitState
  readonly to: CircuitState
}

/** When a circuit opens, and how it closes again. */
export interface CircuitBreakerOptions {
  /** Opens when this share of the calls in the window failed, or more; `false`: not by ratio. @defaultValue 0.5 */
  readonly failureRatio?: number | false | undefined
  /** Calls in the window before a ratio is judged. @defaultValue 10, or what a window by count holds if that is less */
  readonly minimumRequests?: number | undefined
  /** The calls of the last `windowMs`, or the last so many calls. @defaultValue 'time' */
  readonly window?: 'time' | { readonly calls: number } | undefined
  /** Milliseconds. @defaultValue 60_000 */
  readonly windowMs?: number | undefined
  /** The window moves on in steps of this, milliseconds. @defaultValue 10_000, or `windowMs` if that is less */
  readonly bucketMs?: number | undefined
  /** Opens after so many failures in a row, whatever the window says. @defaultValue not judged */
  readonly consecutiveFailures?: number | undefined
  /** A call whose head comes later than this is slow, milliseconds. @defaultValue not judged */
  readonly slowCallMs?: number | undefined
  /** Opens when this share of the calls in the window was slow, or more. Needs `slowCallMs`. @defaultValue 1 */
  readonly slowCallRatio?: number | undefined
  /** How long it stays open, milliseconds. @defaultValue 5_000 */
  readonly resetMs?: number | undefined
  /**
   * Each time that the probes fail, it stays open so many times longer, up to ten minutes (or `resetMs`, if that is
   * longer). @defaultValue 1
   */
  readonly resetGrowth?: number | undefined
  /** How many calls are let through to see whether the peer is back. All must succeed. @defaultValue 1 */
  readonly halfOpenProbes?: number | undefined
  /** A probe without an outcome frees its place after this, milliseconds. @defaultValue 10_000 */
  readonly probeTimeoutMs?: number | undefined
  /** Answers that are failures. They are returned all the same. @defaultValue `[500, 502, 503, 504]`, none with `classify` */
  readonly statuses?: readonly number[] | undefined
  /**
   * Judges outcomes instead of core's `classify`: `transient` and `failure` are failures, `ignore` is no outcome. 4xx are
   * failures only where `statuses` lists them.
   */
  readonly classify?: Classify | undefined
  /** Told of each change of a circuit. What it throws is thrown on its own, and harms no call. */
  readonly onStateChange?: ((change: CircuitChange) => void) | undefined
}

/** The options as they are used. */
export interface BreakerSettings {
  readonly circuit: CircuitSettings
  readonly statuses: ReadonlySet<number>
  /** `undefined` for the default. */
  readonly classify: Classify | undefined
  readonly onStateChange: ((change: CircuitChange) => void) | undefined
}

const isRatio = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= 1
const ratio = guarded(isRatio, 'a number above 0, at most 1')
const ratioOrFalse = guarded(
  (value): value is number | false => value === false || isRatio(value),
  'a number above 0, at most 1, or false',
)
const count = integer({ min: 1 })
const mostBuckets = 1000
const readWindow = optionObject({ calls: integer({ min: 1, max: 1_000_000 }) })
const window: OptionSpec<CircuitSettings['window']> = (value, option) => {
  if (value === 'time') return 'time'
  const { calls } = typeof value === 'object' && value !== null ? readWindow(value, option) : { calls: undefined }
  if (calls === undefined) throw new ConfigError({ option, value, expected: "'time' or { calls: number }" })
  return { calls }
}
const statuses = guarded(
  (value): value is readonly number[] =>
    Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 100 && one <= 599),
  'a list of statuses from 100 to 599',
)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const classify = guarded((value): value is Classify => isFunction(value), 'a function that judges an outcome')
const listener = guarded(
  (value): value is (change: CircuitChange) => void => isFunction(value),
  'a function that takes the change',
)

const readOptions = optionObject({
  failureRatio: ratioOrFalse,
  minimumRequests: count,
  window,
  windowMs: durationMs,
  bucketMs: durationMs,
  consecutiveFailures: count,
  slowCallMs: durationMs,
  slowCallRatio: ratio,
  // Without a wait, the first call after the opening is a probe.
  resetMs: number({ min: 0, max: 2 ** 31 - 1 }),
  resetGrowth: number({ min: 1, max: 100 }),
  halfOpenProbes: count,
  probeTimeoutMs: durationMs,
  statuses,
  classify,
  onStateChange: listener,
})

/** Checks the options, and fills in the defaults. @throws ConfigError */
export function breakerSettings(options: unknown): BreakerSettings {
  const given = readOptions(options, 'circuitBreaker')
  const kind = given.window ?? 'time'
  const windowMs = given.windowMs ?? 60_000
  const bucketMs = given.bucketMs ?? Math.min(10_000, windowMs)
  if (bucketMs > windowMs || windowMs / bucketMs > mostBuckets) {
    throw new ConfigError({
      option: 'circuitBreaker.bucketMs',
      value: bucketMs,
      expected: `at most windowMs (${windowMs}), and at least a ${mostBuckets}th of it`,
    })
  }
  const size = kind === 'time' ? Infinity : kind.calls
  const minimumRequests = given.minimumRequests ?? Math.min(10, size)
  if (minimumRequests > size) {
    throw new ConfigError({
      option: 'circuitBreaker.minimumRequests',
      value: minimumRequests,
      expected: `at most what the window holds (${size})`,
    })
  }
  if (given.slowCallRatio !== undefined && given.slowCallMs === undefined) {
    throw new ConfigError({
      option: 'circuitBreaker.slowCallMs',
      value: undefined,
      expected: 'milliseconds, for slowCallRatio is given',
    })
  }
  const failureRatio = given.failureRatio ?? 0.5
  return {
    circuit: {
      window: kind,
      windowMs,
      bucketMs,
      minimumRequests,
      failureRatio: failureRatio === false ? Infinity : failureRatio,
      consecutiveFailures: given.consecutiveFailures ?? Infinity,
      slowCallMs: given.slowCallMs ?? Infinity,
      slowCallRatio: given.slowCallMs === undefined ? Infinity : (given.slowCallRatio ?? 1),
      resetMs: given.resetMs ?? 5000,
      resetGrowth: given.resetGrowth ?? 1,
      halfOpenProbes: given.halfOpenProbes ?? 1,
      probeTimeoutMs: given.probeTimeoutMs ?? 10_000,
    },
    statuses: new Set(given.statuses ?? (given.classify === undefined ? [500, 502, 503, 504] : [])),
    classify: given.classify,
    onStateChange: given.onStateChange,
  }
}
