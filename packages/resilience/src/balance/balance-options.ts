import { classify, type Classify, type HttpRequest, type HttpResponse } from '@halyard/core'
import {
  boolean,
  durationMs,
  guarded,
  integer,
  number,
  oneOf,
  optionObject,
  orFalse,
  string,
} from '@halyard/core/options'
import type { RetryBudgets } from '../retry/budgets.ts'
import type { EndpointSetSettings } from './endpoint-set.ts'
import type { HealthSettings } from './health-checks.ts'
import type { BalanceRule } from './pickers/own-rule.ts'

const strategyNames = [
  'round-robin',
  'weighted',
  'random',
  'least-pending',
  'p2c-ewma',
  'ordered',
  'consistent-hash',
] as const

/**
 * How an endpoint is chosen.
 * - `round-robin`: one after the other.
 * - `weighted`: one after the other, by weight.
 * - `random`: by chance and weight.
 * - `least-pending`: the fewest requests under way.
 * - `p2c-ewma`: of two by chance the one that is likely to answer sooner.
 * - `ordered`: the last good one; when it fails those behind it in the list, then those before.
 * - `consistent-hash`: the same `key` goes to the same endpoint.
 */
export type Strategy = (typeof strategyNames)[number] | BalanceRule

/** Active checks: each endpoint is asked with a GET now and then, whether there are calls or not. */
export interface HealthOptions {
  /** On the endpoint's origin. @defaultValue '/' */
  readonly path?: string | undefined
  /** From one check to the next, up to a tenth sooner by chance; milliseconds. @defaultValue 5_000 */
  readonly intervalMs?: number | undefined
  /** An answer that takes longer is a bad one, milliseconds. @defaultValue 1_000 */
  readonly timeoutMs?: number | undefined
  /** Good checks in a row that bring an endpoint back. @defaultValue 1 */
  readonly healthyAfter?: number | undefined
  /** Bad checks in a row that put it out. @defaultValue 2 */
  readonly unhealthyAfter?: number | undefined
  /** By the head of the answer; its body is discarded. @defaultValue a status below 400 */
  readonly expect?: ((response: HttpResponse) => boolean) | undefined
}

/** Passive checks: an endpoint at which calls fail is left out for a while. */
export interface OutlierOptions {
  /** So many in a row, by `classify`. @defaultValue 5 */
  readonly consecutiveFailures?: number | undefined
  /** How long it is left out, milliseconds. @defaultValue 30_000 */
  readonly ejectMs?: number | undefined
  /** Never more than this share of the endpoints, 0 to 1. @defaultValue 0.5 */
  readonly maxEjectedRatio?: number | undefined
}

/** How an endpoint is chosen, and when another one is. */
export interface BalanceOptions {
  /** @defaultValue 'p2c-ewma' */
  readonly strategy?: Strategy | undefined
  /** Whether a request that fails at one endpoint goes on to another, each once. @defaultValue true */
  readonly failover?: boolean | undefined
  /** Answers that count as a failure for that. @defaultValue [501, 502, 503, 504] with `ordered`, else none */
  readonly failoverStatuses?: readonly number[] | undefined
  /** To wait before the next endpoint, milliseconds. @defaultValue 0 */
  readonly intervalMs?: number | undefined
  /** When each endpoint has answered with such a status: the last answer, or an error that names each. @defaultValue 'response' */
  readonly exhausted?: 'response' | 'error' | undefined
  /** What `consistent-hash` goes by. @defaultValue the path with its query */
  readonly key?: ((request: HttpRequest) => string) | undefined
  /** Endpoints in this zone are preferred as long as one of them can be used. */
  readonly zone?: string | undefined
  /**
   * With a smaller share of usable endpoints than this, those that were ejected are used as well, and if all fail their
   * health checks, all of them; 0 is never. @defaultValue 0.5
   */
  readonly panicRatio?: number | undefined
  /**
   * An endpoint that joins or comes back gets its share little by little, over so many milliseconds. Not with `ordered`,
   * `consistent-hash` and rules of one's own. @defaultValue 0
   */
  readonly slowStartMs?: number | undefined
  /** How long a call waits for the first list of a source, milliseconds. @defaultValue 5_000 */
  readonly readyMs?: number | undefined
  /** The URL that requests come with, and that the endpoint's is put in place of. @defaultValue the first endpoint's, or the source's */
  readonly base?: string | URL | undefined
  /** Active checks. @defaultValue false */
  readonly health?: HealthOptions | false | undefined
  /** Passive ejection. `{}` is its defaults. @defaultValue {} */
  readonly outlier?: OutlierOptions | false | undefined
  /** Judges outcomes: `transient` and `failure` count against an endpoint. @defaultValue that of `@halyard/core` */
  readonly classify?: Classify | undefined
  /** What a failover after something was sent is taken from, by the origin of the base. @defaultValue nothing limits it */
  readonly budgets?: RetryBudgets | undefined
}

export interface BalanceSettings extends EndpointSetSettings {
  readonly strategy: Strategy
  readonly failover: boolean
  readonly failoverStatuses: ReadonlySet<number>
  readonly intervalMs: number
  readonly exhausted: 'response' | 'error'
  readonly key: (request: HttpRequest) => string
  readonly slowStartMs: number
  readonly readyMs: number
  readonly base: string | URL | undefined
  readonly health: HealthSettings | undefined
  readonly classify: Classify
  readonly budgets: Pick<RetryBudgets, 'of'> | undefined
}

const strategyName = oneOf(...strategyNames)
const milliseconds = number({ min: 0, max: 2 ** 31 - 1 })
const ratio = number({ min: 0, max: 1 })

function isFunction<T>(value: unknown): value is T {
  return typeof value === 'function'
}

const statuses = guarded(
  (value): value is readonly number[] =>
    Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 100 && one <= 999),
  'a list of status codes',
)
const readHealth = optionObject({
  path: guarded((value): value is string => typeof value === 'string' && value.startsWith('/'), 'a path, from / on'),
  intervalMs: durationMs,
  timeoutMs: durationMs,
  healthyAfter: integer({ min: 1 }),
  unhealthyAfter: integer({ min: 1 }),
  expect: guarded(isFunction<HealthSettings['expect']>, 'a function that judges a response'),
})
const readOutlier = optionObject({
  consecutiveFailures: integer({ min: 1 }),
  ejectMs: durationMs,
  maxEjectedRatio: ratio,
})
const readBalance = optionObject({
  strategy: (value: unknown, option: string): Strategy =>
    isFunction<BalanceRule>(value) ? value : strategyName(value, option),
  failover: boolean,
  failoverStatuses: statuses,
  intervalMs: milliseconds,
  exhausted: oneOf('response', 'error'),
  key: guarded(isFunction<(request: HttpRequest) => string>, 'a function that makes a key of a request'),
  zone: string,
  panicRatio: ratio,
  slowStartMs: milliseconds,
  readyMs: durationMs,
  base: guarded((value): value is string | URL => typeof value === 'string' || value instanceof URL, 'a URL'),
  // Named as the client's own options: that is where people write them.
  health: (value: unknown) => orFalse(readHealth)(value, 'health'),
  outlier: (value: unknown) => orFalse(readOutlier)(value, 'outlier'),
  classify: guarded(isFunction<Classify>, 'a function'),
  budgets: guarded(
    (value): value is Pick<RetryBudgets, 'of'> => typeof value === 'object' && value !== null && 'of' in value,
    'retry budgets',
  ),
})

/** @throws ConfigError */
export function balanceSettings(options: BalanceOptions): BalanceSettings {
  const given = readBalance(options, 'balance')
  const strategy = given.strategy ?? 'p2c-ewma'
  const defaultStatuses = strategy === 'ordered' ? [501, 502, 503, 504] : []
  return {
    strategy,
    failover: given.failover ?? true,
    failoverStatuses: new Set(given.failoverStatuses ?? defaultStatuses),
    intervalMs: given.intervalMs ?? 0,
    exhausted: given.exhausted ?? 'response',
    key: given.key ?? (({ path }) => path),
    zone: given.zone,
    panicRatio: given.panicRatio ?? 0.5,
    slowStartMs: given.slowStartMs ?? 0,
    readyMs: given.readyMs ?? 5_000,
    base: given.base,
    health: given.health === undefined || given.health === false ? undefined : healthSettings(given.health),
    outlier: given.outlier === false ? false : outlierSettings(given.outlier),
    classify: given.classify ?? classify,
    budgets: given.budgets,
  }
}

function healthSettings(given: ReturnType<typeof readHealth>): HealthSettings {
  return {
    path: given.path ?? '/',
    intervalMs: given.intervalMs ?? 5_000,
    timeoutMs: given.timeoutMs ?? 1_000,
    healthyAfter: given.healthyAfter ?? 1,
    unhealthyAfter: given.unhealthyAfter ?? 2,
    expect: given.expect ?? (({ status }) => status < 400),
  }
}

function outlierSettings(
  given: ReturnType<typeof readOutlier> | undefined,
): Exclude<EndpointSetSettings['outlier'], false> {
  return {
    consecutiveFailures: given?.consecutiveFailures ?? 5,
    ejectMs: given?.ejectMs ?? 30_000,
    maxEjectedRatio: given?.maxEjectedRatio ?? 0.5,
  }
}
