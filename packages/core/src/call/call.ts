import type { CallKey } from './call-key.ts'

/** Told once when a call is cancelled. An object and not a function, so that hot code needs no closure. */
export interface CancellationListener {
  onCancel(reason: unknown): void
}

export interface ForkPatch {
  readonly attempt?: number
  /** Cancels the fork, and nothing beyond it. */
  readonly signal?: AbortSignal | undefined
}

/** One logical call, shared by all its attempts. */
export interface Call {
  /** The caller's own options object, by reference: never copied, never merged, never mutated. */
  readonly options: Readonly<Record<string, unknown>>
  /** 0 for the first wire attempt. */
  readonly attempt: number
  readonly cancelled: boolean
  /** Why the call was cancelled. */
  readonly reason: unknown
  /**
   * For code that takes an `AbortSignal`. Made on first use, which costs a microsecond: code of our own listens with
   * {@link Call.addListener}.
   */
  readonly signal: AbortSignal
  /** When the total time is spent, on the runtime's clock in milliseconds; `undefined` where nothing limits it. */
  readonly deadlineAt: number | undefined
  /** The limit that `deadlineAt` came from, milliseconds, for messages. */
  readonly deadlineMs: number | undefined
  /** Listens for cancellation until removed. A call that is cancelled already tells at once. */
  addListener(listener: CancellationListener): void
  removeListener(listener: CancellationListener): void
  get<T>(key: CallKey<T>): T | undefined
  set<T>(key: CallKey<T>, value: T): void
  /** A view for one more attempt or a narrower life; state stays shared. */
  fork(patch?: ForkPatch): ForkedCall
}

/** A fork can be cancelled by whoever made it. */
export interface ForkedCall extends Call {
  deadlineAt: number | undefined
  deadlineMs: number | undefined
  cancel(reason: unknown): void
}
