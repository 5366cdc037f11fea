import { isHttpError } from '../errors/http-error.ts'
import type { HttpRequest } from '../request/http-request.ts'
import type { HttpResponse } from '../response/http-response.ts'

/**
 * `ok` it worked · `transient` it failed and may work soon · `failure` it failed and will again · `ignore` says
 * nothing about the peer: the caller gave up, we refused, the request was wrong.
 */
export type Verdict = 'ok' | 'transient' | 'failure' | 'ignore'

export interface Outcome {
  readonly response?: HttpResponse | undefined
  readonly error?: unknown
}

/** Judges one outcome. Shared by retry, breaker, hedge, fallback and telemetry, so that they cannot disagree. */
export type Classify = (request: HttpRequest, outcome: Outcome) => Verdict

const transientStatuses = new Set([408, 425, 429, 500, 502, 503, 504])

/** The default of every client. 4xx are `ok`: the peer works, and said so. */
export const classify: Classify = (_request, { response, error }) => {
  if (response !== undefined) {
    if (transientStatuses.has(response.status)) return 'transient'
    return response.status >= 500 ? 'failure' : 'ok'
  }
  if (!isHttpError(error)) return 'ignore'
  switch (error.code) {
    case 'connect':
    case 'socket':
    case 'timeout':
      return 'transient'
    case 'proxy':
      // It will want to know who we are the next time, too.
      return 'reason' in error && error.reason === 'auth-required' ? 'failure' : 'transient'
    case 'tls':
    case 'protocol':
    case 'redirect':
    case 'too-large':
      return 'failure'
    case 'rejected':
      return 'transient' in error && error.transient === true ? 'transient' : 'ignore'
    default:
      return 'ignore'
  }
}
