import { BodyError, type Clock, type HttpError, type HttpResponse } from '@halyard/core'
import { ChunkSource } from '../iteration/chunk-source.ts'
import { EventParser } from './event-parser.ts'
import { isEventStream, leaveResponse, noEventStream, retryAfterMs } from './event-response.ts'
import type { EventStreamSource } from './event-stream-source.ts'
import { IdleGuard } from './idle-guard.ts'
import { lastEventIdField } from './last-event-id.ts'
import { isLoss, isPassing } from './loss.ts'
import { pause } from './pause.ts'
import type { ServerSentEvent } from './server-sent-event.ts'
import { type EventStreamOptions, streamSettings, type StreamSettings } from './stream-settings.ts'
import { leavable, type Visit } from '../iteration/visit.ts'
import { waitingTime } from './waiting-time.ts'

/**
 * The events of a `text/event-stream`, over as many connections as it takes (HTML §9.2). Each one after the first sends
 * the last event id; an id counts when the blank line of its event has come, so that a server that goes on behind it
 * repeats nothing, and leaves nothing out.
 *
 * - The first connection is tried once. Those that follow are tried again, after a wait, when they cannot be made, are
 *   cut, or are answered by 429, 502, 503 or 504. Any event starts the count of `maxRetries` anew; beyond it the last
 *   error is thrown, or the iteration ends where the server had ended the last connection.
 * - 204 ends the iteration.
 * - Leaving, also while an event is awaited, lets go of the connection and of any timer.
 *
 * @throws ConfigError for wrong options, at once; what `check` makes of other statuses; BodyError `decode` for another
 * content type, `too-large` for an event beyond `maxEventBytes`, `not-replayable` where `reconnect: true` would have to
 * send a body again that is gone; the error of a connection that is not followed by another.
 */
export function eventStream(
  source: EventStreamSource,
  clock: Clock,
  options: EventStreamOptions = {},
): AsyncIterable<ServerSentEvent> {
  const settings = streamSettings(options)
  return leavable((visit) => new Connections(source, clock, settings, visit).events())
}

class Connections {
  readonly #source: EventStreamSource
  readonly #clock: Clock
  readonly #settings: StreamSettings
  readonly #visit: Visit
  #lastEventId = ''
  /** What the server said last by `retry`. */
  #retryMs: number | undefined
  /** Connections in a row, after the last event or the first connection, that brought none. */
  #failures = 0

  constructor(source: EventStreamSource, clock: Clock, settings: StreamSettings, visit: Visit) {
    this.#source = source
    this.#clock = clock
    this.#settings = settings
    this.#visit = visit
  }

  async *events(): AsyncGenerator<ServerSentEvent, void, undefined> {
    let response = await this.#open()
    while (response !== undefined && (await this.#accepts(response))) {
      const parser = this.#parser()
      const chunks = this.#chunks(response)
      let loss: HttpError | undefined
      try {
        for (let chunk = await chunks.next(); chunk !== undefined; chunk = await chunks.next()) {
          parser.push(chunk)
          for (let event = parser.take(); event !== undefined; event = parser.take()) {
            // A comment has no type.
            if (event.event !== '') this.#failures = 0
            yield event
          }
        }
      } catch (error) {
        if (!isLoss(error)) throw error
        loss = error
      } finally {
        await chunks.close()
      }
      this.#lastEventId = parser.lastEventId
      this.#retryMs = parser.retryMs ?? this.#retryMs
      response = this.#visit.left || !this.#goesOn(loss) ? undefined : await this.#reopen(loss)
    }
  }

  #open(): Promise<HttpResponse | undefined> {
    const id = lastEventIdField(this.#lastEventId, this.#source.target)
    return this.#visit.until(this.#source.open(id), (late) => void leaveResponse(late))
  }

  /** Whether there are events to read. Lets go of the response where not. */
  async #accepts(response: HttpResponse): Promise<boolean> {
    if (response.status === 204) {
      await response.body.discard()
      return false
    }
    try {
      await this.#visit.until(this.#source.check(response))
      if (!this.#visit.left && !isEventStream(response)) throw noEventStream(response, this.#source.target)
    } catch (error) {
      void leaveResponse(response)
      throw error
    }
    if (this.#visit.left) void leaveResponse(response)
    return !this.#visit.left
  }

  #parser(): EventParser {
    const { maxEventBytes, comments } = this.#settings
    return new EventParser({ target: this.#source.target, maxEventBytes, comments, lastEventId: this.#lastEventId })
  }

  #chunks(response: HttpResponse): ChunkSource {
    const { idleMs } = this.#settings
    const guard = idleMs === undefined ? undefined : new IdleGuard(this.#clock, idleMs, this.#source.target)
    return new ChunkSource(response.body.stream(), this.#visit, guard)
  }

  /**
   * Whether another connection follows one that was lost, or ended.
   * @throws the loss, where none does
   */
  #goesOn(loss: HttpError | undefined): boolean {
    const { reconnect } = this.#settings
    const { safe, replayable, target } = this.#source
    if (reconnect === true && !replayable) {
      throw new BodyError(`${target}: the event stream ended, and the request body cannot be sent again`, {
        code: 'not-replayable',
        sent: 'yes',
        target,
        cause: loss,
      })
    }
    const canResume = safe || (loss !== undefined && this.#lastEventId !== '')
    if (reconnect ?? (replayable && canResume)) return true
    if (loss !== undefined) throw loss
    return false
  }

  /** The next connection that is answered; `undefined` where there is to be none. */
  async #reopen(loss: HttpError | undefined): Promise<HttpResponse | undefined> {
    let failure: unknown = loss
    let asked = this.#retryMs
    for (;;) {
      if (this.#failures >= this.#settings.maxRetries) {
        if (failure !== undefined) throw failure
        return undefined
      }
      await this.#pause(asked)
      if (this.#visit.left) return undefined
      this.#failures += 1
      asked = this.#retryMs
      let response: HttpResponse | undefined
      try {
        response = await this.#open()
      } catch (error) {
        if (!isLoss(error)) throw error
        failure = error
        continue
      }
      if (response === undefined || !isPassing(response.status)) return response
      asked = retryAfterMs(response, this.#clock) ?? asked
      failure = await this.#refusal(response)
    }
  }

  #pause(asked: number | undefined): Promise<void> {
    const { retryMs, maxRetryMs } = this.#settings
    const ms = waitingTime({ asked, failures: this.#failures, retryMs, maxRetryMs }, this.#clock.random())
    const leftMs = (this.#source.deadlineAt ?? Infinity) - this.#clock.now()
    return pause(Math.max(0, Math.min(ms, leftMs)), this.#clock, this.#source, this.#visit)
  }

  /** The error that a status stands for. The body is let go of. */
  async #refusal(response: HttpResponse): Promise<unknown> {
    try {
      await this.#visit.until(this.#source.check(response))
      return noEventStream(response, this.#source.target)
    } catch (error) {
      return error
    } finally {
      void leaveResponse(response)
    }
  }
}
