import { boolean, durationMs, integer, type OptionSpec, optionObject } from '@halyard/core/options'
import { defaultMaxEventBytes } from './parse-events.ts'

export interface EventStreamOptions {
  /**
   * Whether a connection that ends is followed by another, which sends the last event id.
   * - `true`: always. Needs a request body that can be sent again.
   * - `false`: never. A connection that is cut is an error.
   * @defaultValue for a safe method as with `true`; for any other only where the connection was cut, and the server had
   * given an id by which it can go on.
   */
  readonly reconnect?: boolean | undefined
  /**
   * The lines of one event, and of one comment; more is a BodyError `too-large`.
   * @defaultValue 1_048_576
   */
  readonly maxEventBytes?: number | undefined
  /**
   * Milliseconds without a byte after which a connection counts as cut.
   * @defaultValue none
   */
  readonly idleMs?: number | undefined
  /**
   * Connections in a row that brought no event, and are tried again; may be `Infinity`.
   * @defaultValue 10
   */
  readonly maxRetries?: number | undefined
  /**
   * Gives comments, too, each as soon as it is there: items whose `comment` is set.
   * @defaultValue false
   */
  readonly comments?: boolean | undefined
  /**
   * Milliseconds to wait before the next connection, where the server says nothing by `retry`: a random part of them, twice
   * as many for each one that brought no event.
   * @defaultValue 1000
   */
  readonly retryMs?: number | undefined
  /**
   * Milliseconds that a wait has at most, whatever the server says.
   * @defaultValue 30_000
   */
  readonly maxRetryMs?: number | undefined
}

export interface StreamSettings {
  readonly reconnect: boolean | undefined
  readonly maxEventBytes: number
  readonly idleMs: number | undefined
  readonly maxRetries: number
  readonly comments: boolean
  readonly retryMs: number
  readonly maxRetryMs: number
}

const count = integer({ min: 0 })
const countOrInfinity: OptionSpec<number> = (value, option) => (value === Infinity ? Infinity : count(value, option))

const streamOptions = optionObject({
  reconnect: boolean,
  maxEventBytes: integer({ min: 1 }),
  idleMs: durationMs,
  maxRetries: countOrInfinity,
  comments: boolean,
  retryMs: durationMs,
  maxRetryMs: durationMs,
})

/** @throws ConfigError */
export function streamSettings(options: EventStreamOptions): StreamSettings {
  const given = streamOptions(options, '')
  return {
    reconnect: given.reconnect,
    maxEventBytes: given.maxEventBytes ?? defaultMaxEventBytes,
    idleMs: given.idleMs,
    maxRetries: given.maxRetries ?? 10,
    comments: given.comments ?? false,
    retryMs: given.retryMs ?? 1000,
    maxRetryMs: given.maxRetryMs ?? 30_000,
  }
}
