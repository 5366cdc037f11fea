import { AbortedError, DeadlineReason, HttpError, TimeoutError } from '@halyard/core'
import { describeProgress, type ExchangeProgress } from './failure-table.ts'

/** The error of an exchange whose call was cancelled: a limit of an outer layer, or the caller's will. */
export function cancellationFailure(reason: unknown, progress: ExchangeProgress): HttpError {
  const { target, sent, receivedBytes } = progress
  const words = describeProgress(progress)
  if (reason instanceof DeadlineReason) {
    const { phase, limitMs } = reason
    return new TimeoutError(`${target}: not done within ${limitMs} ms (${phase}); ${words}`, {
      phase,
      limitMs,
      sent,
      target,
      receivedBytes,
    })
  }
  if (reason instanceof HttpError) return reason
  const why = reason instanceof Error && reason.name !== 'AbortError' ? ` (${reason.name})` : ''
  return new AbortedError(`${target}: aborted by the caller${why}; ${words}`, { sent, target, cause: reason })
}
