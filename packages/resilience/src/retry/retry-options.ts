import type { Classify, ErrorCode } from '@halyard/core'
import type { Failure } from '../outcome/index.ts'
import type { Backoff } from './backoff.ts'
import type { BudgetOptions } from './budget.ts'
import type { RetryBudgets } from './budgets.ts'

/** What is sent again, how often, and when. */
export interface RetryRules {
  /** All in all, the first included. @defaultValue 3 */
  readonly attempts?: number | undefined
  /** @defaultValue `exponential({ baseMs: 100, factor: 2, maxMs: 10_000, jitter: 'full' })` */
  readonly backoff?: Backoff | undefined
  /** Statuses that are worth another attempt. @defaultValue what `classify` calls transient: 408, 425, 429, 500, 502, 503, 504 */
  readonly statuses?: readonly number[] | undefined
  /** Codes of errors that are worth another attempt. @defaultValue what `classify` calls transient: connect, socket, proxy, timeout */
  readonly errors?: readonly ErrorCode[] | undefined
  /**
   * Methods that may be repeated although the peer may have acted on them. Others are only repeated where nothing was sent,
   * or with an idempotency key. @defaultValue the idempotent ones (RFC 9110 §9.2.2)
   */
  readonly methods?: readonly string[] | undefined
  /**
   * Whether `Retry-After` and `RateLimit` of an answer are honoured: no attempt comes earlier than they say, the backoff
   * is added. An answer that asks for a longer wait than `maxMs` is the outcome.
   * @defaultValue true: as long as the deadline allows; five minutes where the call has none
   */
  readonly retryAfter?: boolean | { readonly maxMs?: number | undefined } | undefined
  /**
   * Decides instead of `statuses`, `errors` and `classify` whether a failure is worth another attempt. Asked for each error
   * of an exchange, and for each answer of 400 and more or among `statuses`; not where nothing may be sent again.
   */
  readonly when?: ((failure: Failure) => boolean | Promise<boolean>) | undefined
}

/** Options of a client. */
export interface RetryOptions extends RetryRules {
  /** How many retries there may be for the calls of an origin. `false`: no limit. @defaultValue 20% of the calls plus 10 a second */
  readonly budget?: BudgetOptions | false | undefined
}

/** Options of `retry`, with what a client shares among its layers. */
export interface RetryInit extends RetryOptions {
  /** @defaultValue that of `@halyard/core` */
  readonly classify?: Classify | undefined
  /** Budgets shared with others; `budget` is not used then. */
  readonly budgets?: RetryBudgets | undefined
  /** The field that carries the idempotency key. @defaultValue `idempotency-key` */
  readonly idempotencyHeader?: string | undefined
}

/** Per-call options. */
export interface RetryCallOptions {
  /** `false`: one attempt. What is given replaces the client's, the rest stands. */
  readonly retry: false | RetryRules
  /** Makes any method repeatable: the server tells a repetition by the key. `true` makes one, the same for all attempts. */
  readonly idempotencyKey: true | string
}
