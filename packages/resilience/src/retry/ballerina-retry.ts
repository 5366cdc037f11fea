import { ConfigError } from '@halyard/core'
import { guarded, integer, number, optionObject } from '@halyard/core/options'
import type { Backoff } from './backoff.ts'
import type { RetryOptions } from './retry-options.ts'

/** Ballerina's `RetryConfig`. Times are in seconds, as there. */
export interface BallerinaRetryConfig {
  /** Attempts after the first. @defaultValue 0 */
  readonly count?: number | undefined
  /** Seconds before the first of them, whatever the cap. @defaultValue 0 */
  readonly interval?: number | undefined
  /** What each wait is multiplied by for the next; 0 and less is 1. @defaultValue 0 */
  readonly backOffFactor?: number | undefined
  /** The longest wait from the second on, seconds; 0 is 60. @defaultValue 0 */
  readonly maxWaitInterval?: number | undefined
  /** Statuses that count as failures. Errors always do. @defaultValue none */
  readonly statusCodes?: readonly number[] | undefined
}

const seconds = number({ min: 0, max: 2_147_483 })
const isStatuses = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((status) => Number.isInteger(status))
const spec = optionObject({
  count: integer({ min: 0, max: 999 }),
  interval: seconds,
  backOffFactor: number(),
  maxWaitInterval: seconds,
  statusCodes: guarded(isStatuses, 'a list of statuses'),
})

/**
 * Options of `retry` that do what Ballerina's `RetryConfig` does: the same attempts after the same waits, without chance
 * and without a look at `Retry-After`, after any error of the exchange and after the statuses listed.
 *
 * Two things differ. Ballerina repeats every method; this repeats only what is safe, as `retry` always does: a POST wants
 * an idempotency key. And the budget of `retry` stays on.
 *
 * @throws ConfigError
 *
 * @example
 * ```ts
 * // Waits 3, 6, 12, 20 and 20 seconds.
 * retry(ballerinaRetry({ count: 5, interval: 3, backOffFactor: 2, maxWaitInterval: 20 }))
 * ```
 */
export function ballerinaRetry(config: BallerinaRetryConfig): RetryOptions {
  const {
    count = 0,
    interval = 0,
    backOffFactor = 0,
    maxWaitInterval = 0,
    statusCodes = [],
  } = spec(config, 'ballerinaRetry')
  const impossible = statusCodes.find((status) => status < 200 || status > 599)
  if (impossible !== undefined) {
    throw new ConfigError({
      option: 'ballerinaRetry.statusCodes',
      value: impossible,
      expected: 'statuses from 200 to 599',
    })
  }
  return {
    attempts: count + 1,
    backoff: waits(interval * 1000, backOffFactor > 0 ? backOffFactor : 1, (maxWaitInterval || 60) * 1000),
    statuses: statusCodes,
    errors: ['connect', 'tls', 'proxy', 'socket', 'protocol', 'timeout'],
    retryAfter: false,
  }
}

function waits(firstMs: number, factor: number, mostMs: number): Backoff {
  return (attempt) => {
    let waitMs = firstMs
    for (let step = 1; step < attempt; step += 1) waitMs = Math.min(waitMs * factor, mostMs)
    return waitMs
  }
}
