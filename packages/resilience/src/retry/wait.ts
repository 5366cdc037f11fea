import { ConfigError, type Call, type Runtime } from '@halyard/core'
import { hasTimeFor, type Failure } from '../outcome/index.ts'
import { rateLimitMs } from './rate-limit.ts'
import { retryAfterMs } from './retry-after.ts'
import type { RetrySettings } from './retry-settings.ts'

/** What a server may ask for where the call has no deadline and the options name no limit. */
const longestAskedMs = 300_000
/** What a platform's timer can hold. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Milliseconds to wait before the attempt after `failure`; `undefined` where there must be none: it could not begin before
 * the deadline, or the server asks for more than it may. `retried` is 1 before the first repetition.
 * @throws ConfigError where a backoff gives no number of milliseconds.
 */
export function waitBefore(
  retried: number,
  failure: Failure,
  settings: RetrySettings,
  call: Call,
  runtime: Runtime,
): number | undefined {
  const ownMs = settings.backoff(retried, failure, () => runtime.random())
  if (typeof ownMs !== 'number' || !(ownMs >= 0) || ownMs === Infinity) {
    throw new ConfigError({
      option: 'retry.backoff',
      value: ownMs,
      expected: 'a function that gives milliseconds, 0 or more',
    })
  }
  const askedMs = askedFor(failure, settings, runtime)
  const { deadlineAt } = call
  if (askedMs > (settings.retryAfterMaxMs || (deadlineAt === undefined ? longestAskedMs : Infinity))) return undefined
  // Those who were all told the same do not all come back at the same time.
  const waitMs = askedMs + ownMs
  if (waitMs > longestTimerMs) return undefined
  return hasTimeFor(waitMs, call, runtime) ? waitMs : undefined
}

function askedFor({ response }: Failure, { retryAfterMaxMs }: RetrySettings, runtime: Runtime): number {
  if (response === undefined || retryAfterMaxMs === false) return 0
  return retryAfterMs(response.headers, runtime.date()) ?? rateLimitMs(response.headers) ?? 0
}
