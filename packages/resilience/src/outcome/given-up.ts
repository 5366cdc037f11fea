import {
  AbortedError,
  DeadlineReason,
  describeTarget,
  isHttpError,
  suppress,
  TimeoutError,
  type Call,
  type Clock,
  type HttpRequest,
} from '@halyard/core'
import { sentSoFar } from './sent.ts'

/**
 * Whether nobody waits for the call any more: it was cancelled, or its deadline has come. A platform's timer may fire up to
 * a millisecond early, and the watchdog takes that for the deadline: so does this.
 */
export function isGivenUp(call: Call, clock: Pick<Clock, 'now'>): boolean {
  return call.cancelled || !hasTimeFor(0, call, clock)
}

/** Whether the deadline has not come when `waitMs` are over: else nobody should begin to wait. */
export function hasTimeFor(waitMs: number, call: Call, clock: Pick<Clock, 'now'>): boolean {
  return call.deadlineAt === undefined || clock.now() + waitMs + 1 < call.deadlineAt
}

/**
 * The error of a call that was given up while a layer waited: by its caller, a time limit, or at its deadline. It has
 * the failures of earlier attempts as `suppressed`.
 */
export function givenUp(request: HttpRequest, call: Call, earlier: readonly unknown[] = []): unknown {
  const { reason } = call
  if (call.cancelled && isHttpError(reason)) return reason
  const target = describeTarget(request)
  const facts = { sent: sentSoFar(call), target }
  if (call.cancelled && !(reason instanceof DeadlineReason)) {
    return suppress(new AbortedError(`${target}: aborted by the caller`, { ...facts, cause: reason }), earlier)
  }
  const phase = reason instanceof DeadlineReason ? reason.phase : 'total'
  const limitMs = reason instanceof DeadlineReason ? reason.limitMs : (call.deadlineMs ?? 0)
  const message = `${target}: not done within ${limitMs} ms (${phase})`
  return suppress(new TimeoutError(message, { ...facts, phase, limitMs }), earlier)
}
