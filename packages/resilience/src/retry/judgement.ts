import {
  classify,
  isHttpError,
  TimeoutError,
  type Call,
  type Clock,
  type HttpRequest,
  type Outcome,
} from '@halyard/core'
import { whileWanted, type AttemptFailure } from '../outcome/index.ts'
import type { RetrySettings } from './retry-settings.ts'

/** Whether an answer needs no look: most do not, and pass without an object being made for them. */
export function isPlainlyFine(status: number, settings: RetrySettings): boolean {
  const { statuses, when } = settings
  if (statuses !== undefined) return !statuses.has(status) && (when === undefined || status < 400)
  return status < 400 && (settings.classify === classify || when !== undefined)
}

/** Whether an outcome may be worth another attempt: by `when`, which is asked later, else by statuses, codes and classify. */
export function isCandidate(request: HttpRequest, outcome: Outcome, settings: RetrySettings): boolean {
  const { response, error } = outcome
  const { when, statuses } = settings
  if (response !== undefined) {
    if (when !== undefined) return response.status >= 400 || statuses?.has(response.status) === true
    if (statuses !== undefined) return statuses.has(response.status)
  } else {
    if (!isHttpError(error) || error.code === 'aborted' || error.code === 'config') return false
    if (error instanceof TimeoutError && error.phase === 'total') return false
    if (when !== undefined) return true
  }
  return isWorthwhile(request, outcome, settings)
}

function isWorthwhile(request: HttpRequest, outcome: Outcome, settings: RetrySettings): boolean {
  const { errors } = settings
  if (errors !== undefined && isHttpError(outcome.error)) return errors.has(outcome.error.code)
  return settings.classify(request, outcome) === 'transient'
}

/** What `when` says; `undefined` where the call was given up meanwhile. */
export async function askWhen(
  failure: AttemptFailure,
  settings: RetrySettings,
  call: Call,
  clock: Pick<Clock, 'now' | 'after'>,
): Promise<boolean | undefined> {
  const { when } = settings
  if (when === undefined) return true
  try {
    const said = when(failure)
    return typeof said === 'boolean' ? said : await whileWanted(Promise.resolve(said), call, clock)
  } catch (thrown) {
    // Its answer broke off while it was read: that is what the attempt came to.
    if (!isHttpError(thrown) || failure.response === undefined) throw thrown
    return isWorthwhile(failure.request, { error: thrown }, settings)
  }
}
