import type { HttpResponse } from '@halyard/core'

/** Where an event stream comes from: a request that may be sent again. */
export interface EventStreamSource {
  /** For messages: method and URL without its query. */
  readonly target: string
  /** Whether the method is safe (RFC 9110 §9.2.1). */
  readonly safe: boolean
  /** Whether the request's body may be sent again; true where there is none. */
  readonly replayable: boolean
  /** When the time for everything is over, on the clock: no wait between two connections goes beyond. */
  readonly deadlineAt?: number | undefined
  /** Ends a wait between two connections. What is open hears of it by itself. */
  readonly signal?: AbortSignal | undefined
  /**
   * Sends the request. `lastEventId` is what to send as `last-event-id`: in UTF-8, each byte a character, as header
   * fields are given; `undefined` is no such field.
   */
  open(lastEventId: string | undefined): Promise<HttpResponse>
  /** @throws what a failing status is for the caller; resolves for one that is none. */
  check(response: HttpResponse): Promise<void>
}
