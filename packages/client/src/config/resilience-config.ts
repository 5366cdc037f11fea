import { ConfigError, isToken, systemClock, type AnyMiddleware, type Classify, type Clock } from '@halyard/core'
import { guarded, optionObject, type Given, type OptionSpec } from '@halyard/core/options'
import {
  balance,
  type Balancer,
  type BalanceOptions,
  type EndpointLike,
  type EndpointSource,
  type HealthOptions,
  type OutlierOptions,
} from '@halyard/resilience/balance'
import { circuitBreaker, type CircuitBreaker, type CircuitBreakerOptions } from '@halyard/resilience/breaker'
import { fallback, type FallbackHandler } from '@halyard/resilience/fallback'
import { hedge, type HedgeOptions } from '@halyard/resilience/hedge'
import {
  adaptiveLimit,
  bulkhead,
  rateLimit,
  type AdaptiveLimitOptions,
  type BulkheadOptions,
  type RateLimitOptions,
} from '@halyard/resilience/limit'
import { retry, RetryBudgets, singleAttempt, type RetryOptions } from '@halyard/resilience/retry'

/** What a client does when others fail; `false` turns one off. */
export interface ResilienceOptions {
  /** Sends again what is safe to send again. On by default: `false` turns it off. */
  readonly retry?: RetryOptions | false | undefined
  /** Sends a second request where the first takes long. */
  readonly hedge?: HedgeOptions | false | undefined
  /** Stops asking an origin that fails. `{}` is its defaults. */
  readonly circuitBreaker?: CircuitBreakerOptions | false | undefined
  /** Calls in flight to an origin. */
  readonly bulkhead?: BulkheadOptions | false | undefined
  /** Calls in a time to an origin. */
  readonly rateLimit?: RateLimitOptions | false | undefined
  /** A limit on calls in flight that learns. `{}` is its defaults. */
  readonly adaptive?: AdaptiveLimitOptions | false | undefined
  /** Answers in place of what failed for good. */
  readonly fallback?: FallbackHandler | false | undefined
  /** How an endpoint is chosen, for a client of several. */
  readonly balance?: Omit<BalanceOptions, 'classify' | 'budgets'> | undefined
  /** Active checks of endpoints; goes before `balance.health`. @defaultValue false */
  readonly health?: HealthOptions | false | undefined
  /** Endpoints that fail are left out for a while; goes before `balance.outlier`. @defaultValue {} */
  readonly outlier?: OutlierOptions | false | undefined
  /** What is a failure, for all of them. */
  readonly classify?: Classify | undefined
  /** @defaultValue 'idempotency-key' */
  readonly idempotencyHeader?: string | undefined
}

/** Left for the package to check; typed as what it will be found to be, or refused. */
const anything = <T>(value: unknown): T => value as T

/** Options that are merged here, so that what is no object would be lost. Its own properties only. */
function layer<T extends object>(value: unknown, option: string): T | false {
  if (value === false) return false
  if (Object.prototype.toString.call(value) !== '[object Object]')
    throw new ConfigError({ option, value, expected: 'an object, or false' })
  return Object.assign(Object.create(null), value)
}

/** The layer is made later, with a budget that was made apart from it: as a whole, they are checked here. */
function retryRules(value: unknown, option: string): RetryOptions | false {
  const rules = layer<RetryOptions>(value, option)
  if (rules !== false) retry(rules)
  return rules
}

/** The options as a table: each is checked by the layer that it makes. */
export const resilienceTable: {
  readonly [Name in keyof Given<ResilienceOptions>]: OptionSpec<ResilienceOptions[Name]>
} = {
  retry: retryRules,
  hedge: layer<HedgeOptions>,
  circuitBreaker: layer<CircuitBreakerOptions>,
  bulkhead: layer<BulkheadOptions>,
  rateLimit: layer<RateLimitOptions>,
  adaptive: layer<AdaptiveLimitOptions>,
  fallback: anything<ResilienceOptions['fallback']>,
  balance: optionObject({
    strategy: anything<BalanceOptions['strategy']>,
    failover: anything<BalanceOptions['failover']>,
    failoverStatuses: anything<BalanceOptions['failoverStatuses']>,
    intervalMs: anything<BalanceOptions['intervalMs']>,
    exhausted: anything<BalanceOptions['exhausted']>,
    key: anything<BalanceOptions['key']>,
    zone: anything<BalanceOptions['zone']>,
    panicRatio: anything<BalanceOptions['panicRatio']>,
    slowStartMs: anything<BalanceOptions['slowStartMs']>,
    readyMs: anything<BalanceOptions['readyMs']>,
    base: anything<BalanceOptions['base']>,
    health: anything<BalanceOptions['health']>,
    outlier: anything<BalanceOptions['outlier']>,
  }),
  health: anything<ResilienceOptions['health']>,
  outlier: anything<ResilienceOptions['outlier']>,
  classify: guarded((value): value is Classify => typeof value === 'function', 'a function that judges an outcome'),
  idempotencyHeader: guarded(
    (value): value is string => typeof value === 'string' && isToken(value),
    'the name of a header field',
  ),
}

/** What a configuration says of resilience. */
export function resilienceOf(own: Given<ResilienceOptions>): ResilienceOptions {
  const { retry, hedge, circuitBreaker, bulkhead, rateLimit, adaptive, fallback } = own
  const { balance, health, outlier, classify, idempotencyHeader } = own
  const layers = { retry, hedge, circuitBreaker, bulkhead, rateLimit, adaptive, fallback }
  return { ...layers, balance, health, outlier, classify, idempotencyHeader }
}

/** The layers of a client, made once: clients that extend it share their state. */
export interface ResilienceLayers {
  /** Around the deadline. */
  readonly outermost: readonly AnyMiddleware[]
  /** Around each attempt. */
  readonly attempts: readonly AnyMiddleware[]
  readonly breaker: CircuitBreaker | undefined
  readonly balancer: Balancer | undefined
}

/** Never resolved (RFC 6761 §6.4). */
const nowhere = 'http://endpoints.invalid'

/** @throws ConfigError */
export function resilienceLayers(
  own: ResilienceOptions,
  endpoints: readonly EndpointLike[] | EndpointSource | undefined,
  clock: Clock = systemClock,
): ResilienceLayers {
  const { classify } = own
  const judged = classify === undefined ? {} : { classify }
  const { budget, ...rules } = own.retry === false || own.retry === undefined ? { budget: undefined } : own.retry
  // Retry's own: without it there is none that hedges and failovers would have to heed.
  const budgets = budget === false || own.retry === false ? undefined : new RetryBudgets(clock, budget, 'retry.budget')
  const shared = { ...judged, budgets }
  const breaker = given(own.circuitBreaker, (options) => circuitBreaker({ ...options, ...judgedBy(options, classify) }))
  const routing = {
    ...own.balance,
    ...shared,
    health: own.health === undefined ? own.balance?.health : own.health,
    outlier: own.outlier === undefined ? own.balance?.outlier : own.outlier,
  }
  const balancer = endpoints === undefined ? undefined : balance(endpoints, routing)
  // What is wrong is told although there is nothing to balance.
  const isSaid = [own.balance, own.health, own.outlier].some((one) => one !== undefined)
  if (balancer === undefined && isSaid) balance([nowhere], routing)
  const { idempotencyHeader } = own
  const attempts = [
    own.retry === false
      ? singleAttempt({ ...judged, idempotencyHeader })
      : retry({ ...rules, ...judged, ...(budget === false ? { budget } : { budgets }), idempotencyHeader }),
    given(own.hedge, (options) => hedge({ ...options, ...shared, ...judgedBy(options, classify) })),
    balancer,
    breaker,
    given(own.rateLimit, rateLimit),
    given(own.bulkhead, bulkhead),
    given(own.adaptive, (options) => adaptiveLimit({ ...options, ...judgedBy(options, classify) })),
  ]
  return {
    outermost: [given(own.fallback, (handler) => fallback(handler, judged))].filter((one) => one !== undefined),
    attempts: attempts.filter((one) => one !== undefined),
    breaker,
    balancer,
  }
}

/** A layer's own judge goes before that of the client. */
function judgedBy(
  options: { readonly classify?: Classify | undefined },
  classify: Classify | undefined,
): { classify?: Classify } {
  const judge = options.classify ?? classify
  return judge === undefined ? {} : { classify: judge }
}

function given<Options, Layer>(
  options: Options | false | undefined,
  make: (options: Options) => Layer,
): Layer | undefined {
  return options === undefined || options === false ? undefined : make(options)
}
