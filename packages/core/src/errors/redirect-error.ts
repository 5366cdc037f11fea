import { HttpError } from './http-error.ts'

/** A redirect could not or must not be followed. */
export class RedirectError extends HttpError {
  readonly code = 'redirect'
}
