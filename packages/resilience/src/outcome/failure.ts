import type { ErrorCode, HttpRequest, HttpResponse } from '@halyard/core'

/** `status` for an answer, the code of an `HttpError`, `unknown` for any other error. */
export type FailureKind = ErrorCode | 'unknown'

/** What happened to one attempt, as predicates, backoffs and fallbacks see it. One of `response` and `error` is there. */
export interface Failure {
  /** 0 for the first attempt. */
  readonly attempt: number
  readonly kind: FailureKind
  readonly request: HttpRequest
  readonly response?: HttpResponse | undefined
  readonly error?: unknown
  /**
   * The body of the answer as UTF-8, at most its first 64 KiB; empty where there is no answer. Whoever gets the answer
   * afterwards still gets the whole body. May be asked several times.
   */
  text(): Promise<string>
}
