import {
  DeadlineReason,
  HttpError,
  describeTarget,
  noHeaders,
  type CancellationListener,
  type HeaderList,
  type Sent,
  type TimeoutPhase,
  type Watchdog,
} from '@halyard/core'
import type { HeadSubject } from '../http1/head-filter.ts'
import type { Connection } from '../pool/connection.ts'
import type { Waiting } from '../pool/wait-queue.ts'
import { BodyHandle } from './body-handle.ts'
import { cancellationFailure } from './cancellation-failure.ts'
import { ConnectionGone } from './connection-gone.ts'
import { dispatchOptions, type DispatchOptions } from './dispatch-options.ts'
import { fieldsTooLarge, givenUp, phaseTimeout, sourceFailure } from './exchange-errors.ts'
import { exchangeFailure, forRequest, isRefused, type ExchangeProgress } from './failure-table.ts'
import { answerFraming, checkFraming, declaredLength, endsConnection } from './framing.ts'
import type { Listed } from './entry-list.ts'
import { forget, forgetPromise, type Controller, type ExchangeInit, type Stage } from './exchange-init.ts'
import { IncomingBody, type BodySource } from './incoming-body.ts'
import { tellInterim } from './interim-answers.ts'
import { openBody, OutgoingBody } from './outgoing-body.ts'
import { PhaseTimer } from './phase-timer.ts'
import { judgeReplay } from './replay.ts'
import { fieldBytes, ResponseFields, type FieldRecord } from './response-fields.ts'
import { TransportResponse } from './transport-response.ts'

/**
 * One request on its way: undici's handler, the body's source, and the keeper of its time limits, in one object, for
 * there is one of them per request.
 *
 * Ownership: it holds its connection from `dispatchOptions` to `#leaveConnection`, its listener on the call and its
 * place with the watchdog from the start to `#finish`.
 */
export class Exchange
  extends PhaseTimer
  implements BodySource, CancellationListener, ExchangeProgress, HeadSubject, Waiting<Exchange>, Listed
{
  ahead: Exchange | undefined
  behind: Exchange | undefined
  waiting = false
  place = -1
  /** Only a connection that has served nothing yet will do. */
  freshOnly = false

  readonly #init: ExchangeInit
  readonly incoming: IncomingBody

  #stage: Stage = 'waiting'
  #outgoing: OutgoingBody | Uint8Array | undefined
  #connection: Connection | undefined
  #controller: Controller | undefined
  #trailers: FieldRecord | undefined
  headReceived = false
  reusedConnection = false
  #bytesReadBefore = 0
  #interim = 0
  #reusable = true
  #replayed = false
  #failure: unknown
  #broken: Error | undefined
  #endsByClose = false

  constructor(init: ExchangeInit, watchdog: Watchdog) {
    super(watchdog)
    this.#init = init
    this.incoming = new IncomingBody(this, init.settings.limits.bodyBytes)
  }

  // Facts, for messages.

  get target(): string {
    return describeTarget(this.#init.request)
  }

  get sent(): Sent {
    if (this.headReceived) return 'yes'
    return this.#stage === 'sending' || this.#stage === 'head' ? 'maybe' : 'no'
  }

  get receivedBytes(): number {
    return this.incoming.receivedBytes
  }

  get expectedBytes(): number | undefined {
    return this.incoming.expectedBytes
  }

  /** Opens the body and asks the pool for a connection. */
  start(): void {
    this.#init.call.addListener(this)
    if (this.#stage === 'done') return
    try {
      checkFraming(this.#init.request)
      this.#openBody()
    } catch (wrong) {
      this.#fail(wrong)
      return
    }
    this.#init.pool.submit(this)
  }

  // Called by the pool, then by undici.

  onQueued(acquireTimeoutMs: number | false): void {
    this.#stage = 'waiting'
    this.enter('queue', this.#init.settings.timeouts.queueMs ?? acquireTimeoutMs)
  }

  /** There will be no connection. */
  failUnsent(error: HttpError): void {
    this.#stage = 'waiting'
    this.#fail(forRequest(error, this.target))
  }

  takeConnection(connection: Connection): void {
    this.#connection = connection
    this.#stage = 'given'
    this.enter('queue', false)
    this.reusedConnection = connection.served > 0 || connection.rested
    connection.rested = false
    if (connection.protocol === 'h1' && endsConnection(this.#init.request)) this.#reusable = false
  }

  dispatchOptions(): DispatchOptions {
    return dispatchOptions(this.#init.request, this.#outgoing, this.#connection?.via)
  }

  onRequestStart(controller: Controller): void {
    const connection = this.#connection
    if (this.#stage === 'done' || connection === undefined) {
      controller.abort(this.#failure instanceof Error ? this.#failure : new Error('given up'))
      return
    }
    this.#controller = controller
    if (connection.protocol === 'h1') this.#bytesReadBefore = connection.bytesRead
    connection.started(this)
    if (this.#outgoing instanceof OutgoingBody) {
      this.#stage = 'sending'
      this.enter('idle', this.#init.settings.timeouts.idleMs)
    } else {
      this.#stage = 'head'
      this.enter('headers', this.#init.settings.timeouts.headersMs)
    }
  }

  onBodySent(): void {
    if (this.#stage === 'sending') this.moved()
  }

  onRequestSent(): void {
    if (this.#stage !== 'sending') return
    this.#stage = 'head'
    this.enter('headers', this.#init.settings.timeouts.headersMs)
  }

  onContinue(): void {
    this.#informational(100, {})
  }

  /** The connection says that the answer was cut: undici would take what came for all of it. */
  onBroken(error: Error): void {
    if (this.#stage === 'body') this.#fail(exchangeFailure(error, this))
    // The reset may be heard of before the bytes that came ahead of it are parsed.
    else if (this.#stage === 'head') this.#broken = error
  }

  onRequestUpgrade(controller: Controller): void {
    controller.abort(new Error('bad upgrade'))
  }

  onResponseStart(controller: Controller, status: number, fields: FieldRecord, statusText: string | undefined): void {
    if (this.#stage === 'done') return
    if (status < 200) {
      this.#informational(status, fields)
      return
    }
    const connection = this.#connection
    const refusal = connection?.via?.refusal(status, this.target)
    if (refusal !== undefined) {
      controller.abort(refusal)
      return
    }
    const { limits } = this.#init.settings
    if (connection?.protocol === 'h2' && fieldBytes(fields) > limits.headerBytes) {
      controller.abort(fieldsTooLarge('headers', limits.headerBytes, this))
      return
    }
    const version = connection?.httpVersion ?? '1.1'
    const framing = answerFraming(this.#init.request.method, status, version, fields)
    if (!framing.keepsAlive) this.#reusable = false
    this.incoming.expectedBytes = framing.length
    this.#endsByClose = framing.endsByClose
    const handle = new BodyHandle(this.incoming)
    this.headReceived = true
    this.#stage = 'body'
    this.enter('idle', this.#init.settings.timeouts.idleMs)
    const { request } = this.#init
    const tls = connection?.secured?.facts
    this.#init.resolve(new TransportResponse(status, statusText ?? '', version, fields, handle, request, this, tls))
    // From here on it must not keep the response from being collected unread.
    forgetPromise(this.#init)
    // Not for what comes whole with its head, which is most: registering costs more than a middleware.
    if (!((framing.length ?? Infinity) <= 16_384)) handle.guard()
  }

  onResponseData(_controller: Controller, chunk: Uint8Array): void {
    if (this.#stage !== 'body') return
    this.incoming.push(chunk)
    if (this.#stage === 'body' && !this.incoming.paused) this.moved()
  }

  onResponseEnd(controller: Controller, trailers: FieldRecord): void {
    if (this.#stage !== 'body') {
      this.#leaveConnection(this.#connection?.protocol === 'h2')
      return
    }
    if (this.#broken !== undefined && this.#endsByClose) {
      this.#leaveConnection(false)
      this.#fail(exchangeFailure(this.#broken, this))
      return
    }
    const { limits } = this.#init.settings
    if (fieldBytes(trailers) > limits.headerBytes) {
      controller.abort(fieldsTooLarge('trailers', limits.headerBytes, this))
      return
    }
    this.#trailers = trailers
    // RFC 9112 §9.5: an answer before the whole request was read ends the connection; over HTTP/2, the stream only.
    if (this.#connection?.protocol === 'h1' && this.#outgoing instanceof OutgoingBody && !this.#outgoing.finished)
      this.#reusable = false
    this.#leaveConnection(this.#reusable)
    this.#finish(undefined)
    forget(this.#init)
    this.incoming.end()
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const { headReceived } = this
    const unsent = this.#stage === 'given'
    const untouched = this.#connection?.protocol === 'h2' || this.#connection?.bytesRead === this.#bytesReadBefore
    const refusal = headReceived ? undefined : this.#connection?.secured?.refusal(this.target, this.sent)
    // HTTP/2: one stream's end is not the connection's.
    this.#leaveConnection(this.#connection?.protocol === 'h2')
    if (this.#stage === 'done') return
    if (refusal !== undefined) return this.#fail(refusal)
    if (error instanceof ConnectionGone && unsent) return this.#resubmit(false)
    const replay = judgeReplay(error, {
      request: this.#init.request,
      reusedConnection: this.reusedConnection,
      headReceived,
      untouched,
    })
    if (!this.#replayed && replay !== 'no' && this.#reopen()) {
      this.#replayed = true
      this.#resubmit(!isRefused(error))
      return
    }
    const source = this.#outgoing instanceof OutgoingBody ? this.#outgoing : undefined
    if (source?.failed === true && !headReceived) {
      this.#fail(sourceFailure('failed while it was sent', source.failure, 'encode', this))
      return
    }
    if (replay === 'not-processed' || unsent) this.#stage = 'given'
    this.#fail(exchangeFailure(error, this))
  }

  // Limits and cancellation.

  protected get deadlineAt(): number {
    return this.#init.call.deadlineAt ?? Infinity
  }

  protected onPhaseDue(phase: TimeoutPhase, limitMs: number): void {
    if (this.#stage !== 'done') this.#abort(phaseTimeout(phase, limitMs, this.#init.call.attempt, this))
  }

  protected onDeadline(): void {
    this.onCancel(new DeadlineReason('total', this.#init.call.deadlineMs ?? 0))
  }

  onCancel(reason: unknown): void {
    if (this.#stage !== 'done') this.#abort(cancellationFailure(reason, this))
  }

  /** Ends it from outside: the client is destroyed. */
  destroy(cause: unknown): void {
    if (this.#stage !== 'done') this.#abort(givenUp('the client was destroyed', this, cause))
  }

  /** The client closes: a body that fills its buffer and has no reader would be waited for in vain. */
  closeUnread(): void {
    if (this.incoming.paused && !this.incoming.claimed)
      this.#abort(givenUp('the client was closed, and nobody read the body', this))
  }

  /** RFC 9110 §6.5: there once the body has ended. */
  trailers(): Promise<HeaderList> {
    return new Promise((resolve, reject) => {
      this.incoming.onSettled((error) => {
        if (error !== undefined) reject(error)
        else resolve(this.#trailers === undefined ? noHeaders : new ResponseFields(this.#trailers))
      })
    })
  }

  pause(): void {
    this.#controller?.pause()
    this.suspend()
    if (this.#init.owner.closing) this.closeUnread()
  }

  resume(): void {
    this.enter('idle', this.#init.settings.timeouts.idleMs)
    this.#controller?.resume()
  }

  abandon(failure: unknown): void {
    this.#abort(failure instanceof HttpError ? failure : givenUp('the body was discarded', this))
  }

  #informational(status: number, fields: FieldRecord): void {
    const { call, settings } = this.#init
    this.#interim += 1
    try {
      tellInterim(call, this.target, status, fields, this.#interim, settings.limits.interimResponses)
    } catch (thrown) {
      this.#abort(thrown)
    }
  }

  #abort(error: unknown): void {
    const controller = this.#controller
    if (this.#stage === 'waiting') this.#init.pool.withdraw(this)
    this.#fail(error)
    controller?.abort(error instanceof Error ? error : new Error('given up', { cause: error }))
  }

  #fail(error: unknown): void {
    if (this.#stage === 'done') return
    this.#failure = error
    this.#finish(error)
    this.#init.reject(error)
    forget(this.#init)
    this.incoming.fail(error)
  }

  #finish(error: unknown): void {
    this.#stage = 'done'
    this.#init.call.removeListener(this)
    this.leave()
    if (this.#outgoing instanceof OutgoingBody && (error !== undefined || !this.#outgoing.finished))
      this.#outgoing.stop()
    this.#init.owner.onExchangeSettled(this)
  }

  #leaveConnection(reusable: boolean): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#connection = undefined
    this.#controller = undefined
    this.#init.pool.release(connection, reusable)
  }

  #resubmit(freshOnly: boolean): void {
    this.#stage = 'waiting'
    this.#interim = 0
    this.freshOnly = freshOnly
    this.#init.pool.submit(this)
  }

  /** Makes the body ready to be sent again; `false` where that cannot be. */
  #reopen(): boolean {
    const { body } = this.#init.request
    if (body === undefined || this.#outgoing instanceof Uint8Array) return true
    if (!body.replayable) return false
    if (this.#outgoing instanceof OutgoingBody) this.#outgoing.stop()
    try {
      this.#openBody()
      return true
    } catch {
      return false
    }
  }

  #openBody(): void {
    const { body } = this.#init.request
    if (body === undefined) return
    try {
      this.#outgoing = openBody(body, declaredLength(this.#init.request))
    } catch (cause) {
      throw sourceFailure('could not be opened', cause, body.replayable ? 'encode' : 'not-replayable', this)
    }
  }
}
