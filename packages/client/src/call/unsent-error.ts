import { BodyError, ValidationError } from '@halyard/core'

/** The same failure of a body that was not sent, with where it would have gone: helpers do not know. */
export function unsentError(failure: unknown, target: () => string): unknown {
  if (failure instanceof ValidationError && failure.target === '') {
    const { issues, at, status, mediaType } = failure
    return new ValidationError({ issues, at, status, mediaType, target: target() })
  }
  if (failure instanceof BodyError && failure.target === '') {
    const { code, message, cause } = failure
    const known = target()
    return new BodyError(`${known}: ${message}`, { code, sent: 'no', target: known, cause })
  }
  return failure
}
