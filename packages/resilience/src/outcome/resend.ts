import { canResend, isHttpError, isIdempotent, type Call, type HttpRequest, type Outcome } from '@halyard/core'
import { isKeyed } from './idempotency.ts'
import { sentOf } from './sent.ts'

/**
 * Whether the request may go out once more after `outcome`: its method may be repeated, or it carries an idempotency
 * key, or nothing of it was sent; and its body can be sent again. Whether that is worth it is another question.
 *
 * Nothing was sent speaks of this attempt: whoever repeats after `maybe` had one of the other reasons, and still has it.
 */
export function mayResend(
  request: HttpRequest,
  outcome: Outcome,
  call: Call,
  mayRepeat: (method: string) => boolean = isIdempotent,
): boolean {
  return (
    (mayRepeat(request.method) || sentOf(outcome) === 'no' || isKeyed(request, call)) && canResend(request, outcome)
  )
}

/**
 * Whether an attempt never was one: its body had been opened by the one before, which did not get as far as to send it. What
 * became of that one is then the outcome; this says nothing that the caller could use.
 */
export function isSpent({ error }: Outcome): boolean {
  return isHttpError(error, 'not-replayable')
}
