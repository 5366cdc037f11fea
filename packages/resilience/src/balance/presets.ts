import type { BalanceOptions } from './balance-options.ts'
import type { BalanceRule } from './pickers/own-rule.ts'

/** What Ballerina’s `LoadBalanceClientConfiguration` says of balancing. */
export interface BallerinaLoadBalanceOptions {
  /** @defaultValue round-robin */
  readonly lbRule?: BalanceRule | undefined
  /** On errors, never on statuses. @defaultValue true */
  readonly failover?: boolean | undefined
}

/**
 * Options that balance as Ballerina's `LoadBalanceClient` does: in turns, a turn for each try; a failing endpoint is
 * followed by the next one, each once; no weights, and nothing is remembered of an endpoint's failures.
 *
 * It differs in that only what is safe is sent again: methods that may be repeated, calls with an idempotency key, and
 * requests that were not sent.
 *
 * @example
 * ```ts
 * balance(['http://a:9090', 'http://b:9090'], ballerinaLoadBalance())
 * ```
 */
export function ballerinaLoadBalance(options: BallerinaLoadBalanceOptions = {}): BalanceOptions {
  return {
    strategy: options.lbRule ?? 'round-robin',
    failover: options.failover ?? true,
    failoverStatuses: [],
    outlier: false,
    panicRatio: 0,
  }
}

/** What Ballerina’s `FailoverClientConfiguration` says of failover. */
export interface BallerinaFailoverOptions {
  /** @defaultValue [501, 502, 503, 504] */
  readonly failoverCodes?: readonly number[] | undefined
  /** To wait before the next endpoint, seconds. @defaultValue 0 */
  readonly interval?: number | undefined
}

/**
 * Options that fail over as Ballerina's `FailoverClient` does: from the endpoint that was good last, on to those behind it
 * and round to those before, each once; on errors, and on the statuses of the list. When all have failed it is an
 * error that names each, statuses too.
 *
 * It differs in that only what is safe is sent again: methods that may be repeated, calls with an idempotency key, and
 * requests that were not sent.
 */
export function ballerinaFailover(options: BallerinaFailoverOptions = {}): BalanceOptions {
  return {
    strategy: 'ordered',
    failover: true,
    failoverStatuses: options.failoverCodes ?? [501, 502, 503, 504],
    intervalMs: (options.interval ?? 0) * 1000,
    exhausted: 'error',
    outlier: false,
    panicRatio: 0,
  }
}
