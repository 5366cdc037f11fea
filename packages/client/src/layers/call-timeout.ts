import { durationMs, orFalse } from '@halyard/core/options'
import type { TransportTimeouts } from '@halyard/transport'

/** Time limits of a client or of one call, milliseconds; `false` is none. */
export interface TimeoutOptions extends TransportTimeouts {
  /** Everything, until the reader's value is there. @defaultValue 30_000 */
  readonly totalMs?: number | false | undefined
  /** One attempt, until the head of its answer. @defaultValue false */
  readonly attemptMs?: number | false | undefined
}

/** A number is `totalMs`. Connecting is the client's, for calls share what it makes. */
export type CallTimeout = number | false | Omit<TimeoutOptions, 'connectMs'>

const limit = orFalse(durationMs)

/** What a call says of `totalMs` or `attemptMs`; `undefined` inherits. */
export function timeLimitOf(
  options: Readonly<Record<string, unknown>>,
  name: 'totalMs' | 'attemptMs',
): number | false | undefined {
  // Almost no call has its own.
  if (!Object.hasOwn(options, 'timeout')) return undefined
  const timeout = options['timeout']
  if (timeout === undefined) return undefined
  if (typeof timeout !== 'object' || timeout === null) return name === 'totalMs' ? limit(timeout, 'timeout') : undefined
  const own: unknown = Object.hasOwn(timeout, name) ? Reflect.get(timeout, name) : undefined
  return own === undefined ? undefined : limit(own, `timeout.${name}`)
}
