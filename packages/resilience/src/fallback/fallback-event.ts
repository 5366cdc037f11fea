import type { FailureKind } from '../outcome/index.ts'

/** What `fallback` tells: a failure came to it. */
export interface FallbackEvent {
  /** `replaced`: the caller gets another answer. `stood`: there was none. `failed`: the fallback itself threw `thrown`. */
  readonly type: 'replaced' | 'stood' | 'failed'
  /** Method, origin and path. */
  readonly target: string
  /** `status`, or the code of the error. */
  readonly kind: FailureKind
  /** Of the answer that failed, if there was one. */
  readonly status: number | undefined
  /** What the call failed with, if there was no answer. */
  readonly error: unknown
  /** With `failed`. */
  readonly thrown: unknown
}
