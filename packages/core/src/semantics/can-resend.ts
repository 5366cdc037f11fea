import { isHttpError } from '../errors/http-error.ts'
import type { HttpRequest } from '../request/http-request.ts'
import type { Outcome } from './classify.ts'

/**
 * Whether the *body* allows `request` to be sent once more after `outcome`: there is none, it can be opened again, or
 * it never left. Whether the *method* allows it is for the caller to judge (`isIdempotent`).
 */
export function canResend(request: HttpRequest, outcome: Outcome): boolean {
  if (request.body === undefined || request.body.replayable) return true
  return isHttpError(outcome.error) && outcome.error.sent === 'no' && outcome.error.code !== 'not-replayable'
}
