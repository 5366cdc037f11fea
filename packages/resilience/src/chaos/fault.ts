import type { HeadersInit } from '@halyard/core'

/** What goes wrong. Several kinds in one: the wait comes first. */
export interface Fault {
  /** How often, against the other faults of the list. @defaultValue 1 */
  readonly weight?: number | undefined
  /** Waits before anything else, milliseconds; of a pair, between the two. Alone, the request then goes on as it is. */
  readonly latencyMs?: number | readonly [least: number, most: number] | undefined
  /** Answers so, without asking the server. */
  readonly status?: number | undefined
  /** Of an answer with `status`. */
  readonly headers?: HeadersInit | undefined
  /** Of an answer with `status`. */
  readonly body?: string | undefined
  /**
   * Fails. `connect`: nothing was sent. `reset`: the connection broke, the server may have got the request, though it did
   * not. `lost`: the server did get it and answered, the answer is thrown away. `timeout`: no answer within `latencyMs`.
   */
  readonly error?: 'connect' | 'reset' | 'lost' | 'timeout' | undefined
}
