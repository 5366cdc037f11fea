import { classify as defaultClassify, isHttpError, type HttpRequest, type HttpResponse } from '@halyard/core'
import { waitedForPermit } from '../limit/gave-up.ts'
import type { BreakerSettings } from './breaker-options.ts'

/** Whether an answer is a failure of the peer; `undefined` where it says nothing about it. */
export function isFailedAnswer(
  { statuses, classify }: BreakerSettings,
  request: HttpRequest,
  response: HttpResponse,
): boolean | undefined {
  const { status } = response
  if (classify === undefined) return statuses.has(status)
  const verdict = classify(request, { response })
  if (verdict === 'ignore') return undefined
  // `transient` speaks of a 429, too: it is worth another try, and yet no sign that the peer is down.
  return statuses.has(status) || (verdict !== 'ok' && (status < 400 || status > 499))
}

/** The same of an error. */
export function isFailedError(
  { classify }: BreakerSettings,
  request: HttpRequest,
  error: unknown,
): boolean | undefined {
  // Time spent in a queue of ours says nothing about the peer.
  if (waitedForPermit(error) || isQueueTimeout(error)) return undefined
  const verdict = (classify ?? defaultClassify)(request, { error })
  return verdict === 'ignore' ? undefined : verdict !== 'ok'
}

function isQueueTimeout(error: unknown): boolean {
  return isHttpError(error, 'timeout') && 'phase' in error && error.phase === 'queue'
}
