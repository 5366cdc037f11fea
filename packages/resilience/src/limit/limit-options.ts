import { ConfigError, type Classify } from '@halyard/core'
import {
  durationMs,
  guarded,
  integer,
  number,
  oneOf,
  optionObject,
  orFalse,
  type OptionSpec,
} from '@halyard/core/options'
import type { LimitBounds } from './concurrency-limit.ts'
import type { GateSettings } from './permit-gate.ts'

/** How many calls at once. One limit per origin. */
export interface BulkheadOptions {
  /** Calls in flight, until the bodies of their answers have settled. */
  readonly maxConcurrent: number
  /** Calls that wait for others to end; more are refused. @defaultValue 0 */
  readonly maxQueued?: number | undefined
  /** How long a call waits, milliseconds; its deadline goes first. @defaultValue no limit but the deadline */
  readonly queueMs?: number | undefined
}

/** How many calls in a time. One limit per origin. */
export interface RateLimitOptions {
  /** Calls in each `perMs`. At most 100,000 with `sliding-window`, which remembers each. */
  readonly permits: number
  /** Milliseconds. */
  readonly perMs: number
  /** How long a call waits for a permit, milliseconds; 0: it is refused at once. @defaultValue 0 */
  readonly queueMs?: number | undefined
  /** Calls that wait; more are refused. @defaultValue 1_000 */
  readonly maxQueued?: number | undefined
  /**
   * `token-bucket`: permits come back evenly, and add up to `permits`. `sliding-window`: at most `permits` in whatever
   * stretch of `perMs`. @defaultValue 'token-bucket'
   */
  readonly algorithm?: 'token-bucket' | 'sliding-window' | undefined
  /**
   * After a 429 there are no permits for as long as `Retry-After` or `RateLimit` says, at most `maxMs` milliseconds, and
   * where neither does for `perMs / permits`. `false`: a 429 changes nothing. @defaultValue `{ maxMs: 60_000 }`
   */
  readonly retryAfter?: { readonly maxMs: number } | false | undefined
}

/** A limit on calls at once that learns from how long answers take. One per origin. */
export interface AdaptiveLimitOptions {
  /** @defaultValue 20 */
  readonly initial?: number | undefined
  /** @defaultValue 1 */
  readonly min?: number | undefined
  /** @defaultValue 1_000 */
  readonly max?: number | undefined
  /**
   * `gradient` compares how long answers take now with how long they took of late; `aimd` counts those that fail or take
   * longer than `slowCallMs`. @defaultValue 'gradient'
   */
  readonly algorithm?: 'gradient' | 'aimd' | undefined
  /** For `aimd`, milliseconds. @defaultValue 1_000 */
  readonly slowCallMs?: number | undefined
  /** Calls that wait for others to end; more are refused. @defaultValue 0 */
  readonly maxQueued?: number | undefined
  /** How long a call waits, milliseconds; its deadline goes first. @defaultValue no limit but the deadline */
  readonly queueMs?: number | undefined
  /** Judges outcomes instead of core's `classify`: `transient` is a sign of overload. */
  readonly classify?: Classify | undefined
}

export interface RateSettings {
  readonly permits: number
  readonly perMs: number
  readonly queueMs: number
  readonly maxQueued: number
  readonly algorithm: 'token-bucket' | 'sliding-window'
  /** `undefined`: a 429 changes nothing. */
  readonly maxPauseMs: number | undefined
}

export interface AdaptiveSettings {
  readonly gate: GateSettings
  readonly bounds: LimitBounds
  readonly algorithm: 'gradient' | 'aimd'
  readonly slowCallMs: number
  readonly classify: Classify | undefined
}

const mostCalls = 1_000_000
const mostRemembered = 100_000
const calls = integer({ min: 1, max: mostCalls })
const queued = integer({ min: 0, max: mostCalls })
const waitMs = number({ min: 0, max: 2 ** 31 - 1 })

/** @throws ConfigError where an option that must be given is not. */
function required<T>(value: T | undefined, spec: OptionSpec<T>, option: string): T {
  return value ?? spec(undefined, option)
}

const readBulkhead = optionObject({ maxConcurrent: calls, maxQueued: queued, queueMs: durationMs })

/** @throws ConfigError */
export function bulkheadSettings(options: unknown): GateSettings {
  const { maxConcurrent, maxQueued = 0, queueMs = Infinity } = readBulkhead(options, 'bulkhead')
  const permits = required(maxConcurrent, calls, 'bulkhead.maxConcurrent')
  return { kind: 'bulkhead', permits, maxQueued, queueMs }
}

const readRate = optionObject({
  permits: calls,
  perMs: durationMs,
  queueMs: waitMs,
  maxQueued: queued,
  algorithm: oneOf('token-bucket', 'sliding-window'),
  retryAfter: orFalse(optionObject({ maxMs: durationMs })),
})

/** @throws ConfigError */
export function rateSettings(options: unknown): RateSettings {
  const given = readRate(options, 'rateLimit')
  const permits = required(given.permits, calls, 'rateLimit.permits')
  const { algorithm = 'token-bucket', retryAfter } = given
  if (algorithm === 'sliding-window' && permits > mostRemembered) {
    const expected = `at most ${mostRemembered} with a sliding window`
    throw new ConfigError({ option: 'rateLimit.permits', value: permits, expected })
  }
  return {
    permits,
    perMs: required(given.perMs, durationMs, 'rateLimit.perMs'),
    queueMs: given.queueMs ?? 0,
    maxQueued: given.maxQueued ?? 1000,
    algorithm,
    maxPauseMs: retryAfter === false ? undefined : (retryAfter?.maxMs ?? 60_000),
  }
}

const readAdaptive = optionObject({
  initial: calls,
  min: calls,
  max: calls,
  algorithm: oneOf('gradient', 'aimd'),
  slowCallMs: durationMs,
  maxQueued: queued,
  queueMs: durationMs,
  classify: guarded((value): value is Classify => typeof value === 'function', 'a function that judges an outcome'),
})

/** @throws ConfigError */
export function adaptiveSettings(options: unknown): AdaptiveSettings {
  const given = readAdaptive(options, 'adaptive')
  const { min = 1, max = 1000 } = given
  if (min > max) throw new ConfigError({ option: 'adaptive.min', value: min, expected: `at most max (${max})` })
  const initial = given.initial ?? Math.max(min, Math.min(max, 20))
  if (initial < min || initial > max)
    throw new ConfigError({ option: 'adaptive.initial', value: initial, expected: `from min (${min}) to max (${max})` })
  const { maxQueued = 0, queueMs = Infinity, classify } = given
  return {
    gate: { kind: 'adaptive', permits: initial, maxQueued, queueMs },
    bounds: { initial, min, max },
    algorithm: given.algorithm ?? 'gradient',
    slowCallMs: given.slowCallMs ?? 1000,
    classify,
  }
}
