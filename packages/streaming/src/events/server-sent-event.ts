/** One event of a `text/event-stream`, or a comment where those were asked for. */
export interface ServerSentEvent {
  /** Its type: `message` unless the server gave another. Empty for a comment. */
  readonly event: string
  /** The last event id that the stream has given, which need not be in this event; empty where there was none. */
  readonly id: string
  /** The lines of its data, joined by LF. Empty for a comment. */
  readonly data: string
  /** Milliseconds: the last `retry` since the event before. Commas, signs and the like make a `retry` none. */
  readonly retry: number | undefined
  /** The text of a comment; only events do not have it. */
  readonly comment?: string
}
