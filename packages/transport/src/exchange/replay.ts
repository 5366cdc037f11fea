import { isIdempotent, type HttpRequest } from '@halyard/core'
import { isDeadConnection, isRefused, neverLeft } from './failure-table.ts'

export interface ReplayFacts {
  readonly request: HttpRequest
  /** The connection had served before, or lay idle. */
  readonly reusedConnection: boolean
  readonly headReceived: boolean
  /** Not a byte came over the connection since the request was written. */
  readonly untouched: boolean
}

/**
 * `not-processed`: the server cannot have acted on the request · `repeatable`: it may have, and may as well act again ·
 * `no`: it must not be sent again.
 */
export type Replay = 'not-processed' | 'repeatable' | 'no'

/**
 * Whether a request may be sent once more because its connection was dead (RFC 9110 §9.2.2, RFC 9112 §9.3.1,
 * RFC 9113 §8.7). Everything else is for a retry to decide.
 */
export function judgeReplay(
  error: unknown,
  { request, reusedConnection, headReceived, untouched }: ReplayFacts,
): Replay {
  if (headReceived) return 'no'
  if (isRefused(error)) return 'not-processed'
  if (!isDeadConnection(error) || !reusedConnection || !untouched) return 'no'
  if (neverLeft(error, request)) return 'not-processed'
  return isIdempotent(request.method) ? 'repeatable' : 'no'
}
