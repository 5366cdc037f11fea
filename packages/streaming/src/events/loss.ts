import { type HttpError, isHttpError } from '@halyard/core'

/** Answers to a new connection that another one may not get. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

export function isPassing(status: number): boolean {
  return passing.has(status)
}

/** Whether a connection was cut, or could not be made, and another may be better. */
export function isLoss(error: unknown): error is HttpError {
  if (!isHttpError(error)) return false
  switch (error.code) {
    case 'connect':
    case 'socket':
    case 'proxy':
      return true
    case 'timeout':
      // The time for everything is over.
      return !(Object.hasOwn(error, 'phase') && 'phase' in error && error.phase === 'total')
    default:
      return false
  }
}
