import type { Failure, FailureKind } from '../outcome/index.ts'

/** Why a failure that was worth another attempt got none. */
export type RetryRefusal =
  /** All attempts are made. */
  | 'attempts'
  /** The method may not be repeated: something was sent, and there is no idempotency key. */
  | 'method'
  /** The body was a stream, which is gone. */
  | 'body'
  /** The wait would go beyond the deadline, or is longer than a server may ask for. */
  | 'wait'
  /** The budget is spent. */
  | 'budget'

/** What `retry` tells: an attempt failed, and another follows or does not. */
export interface RetryEvent {
  /** `retry`: another attempt follows after `waitMs`. `stop`: none does, because of `refusal`. */
  readonly type: 'retry' | 'stop'
  /** Method, origin and path. */
  readonly target: string
  /** The attempt that failed, 0 for the first. */
  readonly attempt: number
  /** `status`, or the code of the error. */
  readonly kind: FailureKind
  /** Of the answer that failed, if there was one. */
  readonly status: number | undefined
  /** What the attempt failed with, if there was no answer. */
  readonly error: unknown
  /** With `retry`. */
  readonly waitMs: number | undefined
  /** With `stop`. */
  readonly refusal: RetryRefusal | undefined
}

export function retryEvent(
  target: string,
  { attempt, kind, response, error }: Failure,
  next: { readonly waitMs: number } | { readonly refusal: RetryRefusal },
): RetryEvent {
  const facts = { target, attempt, kind, status: response?.status, error }
  return 'waitMs' in next
    ? { type: 'retry', ...facts, waitMs: next.waitMs, refusal: undefined }
    : { type: 'stop', ...facts, waitMs: undefined, refusal: next.refusal }
}
