import { HttpError } from './http-error.ts'

/** The caller gave up, or the client was destroyed; `cause` is the signal's reason. */
export class AbortedError extends HttpError {
  readonly code = 'aborted'
}
