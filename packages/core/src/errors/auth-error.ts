import { HttpError } from './http-error.ts'

/** Credentials could not be had, or a challenge could not be met. */
export class AuthError extends HttpError {
  readonly code = 'auth'
}
