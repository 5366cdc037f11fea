import {
  AbortedError,
  BodyError,
  HttpError,
  TimeoutError,
  Watched,
  describeTarget,
  isIdempotent,
  type Call,
  type CancellationListener,
  type HttpRequest,
  type HttpResponse,
  type Sent,
  type TimeoutPhase,
  type Watchdog,
} from '@halyard/core'
import type { Connection } from '../pool/connection.ts'
import type { OriginPool } from '../pool/origin-pool.ts'
import type { Waiting } from '../pool/wait-queue.ts'
import { ConnectionGone, DispatchOptions } from '../undici/undici-client.ts'
import { BodyHandle } from './body-handle.ts'
import { cancellationFailure } from './cancellation-failure.ts'
import { describeProgress, exchangeFailure, forRequest, isDeadConnection, isRefused, neverLeft, type ExchangeProgress } from './failure-table.ts'
import { checkFraming, endsConnection, keepsAlive, single } from './framing.ts'
import type { ExchangeSettings } from './exchange-settings.ts'
import { tooManyInterim } from './head-filter.ts'
import { IncomingBody, type BodySource } from './incoming-body.ts'
import { OutgoingBody } from './outgoing-body.ts'
import { fieldBytes, ResponseFields, type FieldRecord } from './response-fields.ts'
import { Trailers } from './trailers.ts'
import { TransportResponse } from './transport-response.ts'

/** The part of undici's controller that is used. */
export interface Controller {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

export interface ExchangeOwner {
  onExchangeSettled(exchange: Exchange): void
}

/** `waiting` for a connection · `given` to one, not written · `sending` · `waiting for the head` · `body` · `done`. */
type Stage = 'waiting' | 'given' | 'sending' | 'head' | 'body' | 'done'

/**
 * One request on its way: undici's handler, the body's source, and the keeper of its time limits, in one object, for
 * there is one of them per request.
 *
 * Ownership: it holds its connection from `dispatchOptions` to `#leaveConnection`, its listener on the call and its
 * place with the watchdog from the start to `#finish`.
 */
export class Exchange extends Watched implements BodySource, CancellationListener, ExchangeProgress, Waiting<Exchange> {
  ahead: Exchange | undefined
  behind: Exchange | undefined
  waiting = false
  /** Only a connection that has served nothing yet will do. */
  freshOnly = false

  readonly #request: HttpRequest
  readonly #call: Call
  readonly #pool: OriginPool
  readonly #settings: ExchangeSettings
  readonly #watchdog: Watchdog
  readonly #owner: ExchangeOwner
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: unknown) => void
  readonly #body: IncomingBody

  #stage: Stage = 'waiting'
  #phase: TimeoutPhase = 'queue'
  #limitMs = 0
  #outgoing: OutgoingBody | Uint8Array | undefined
  #connection: Connection | undefined
  #controller: Controller | undefined
  #trailers: Trailers | undefined
  #bytesReadBefore = 0
  #interim = 0
  #reusable = true
  #replayed = false
  #wasReused = false
  #failure: unknown

  constructor(
    request: HttpRequest,
    call: Call,
    pool: OriginPool,
    settings: ExchangeSettings,
    watchdog: Watchdog,
    owner: ExchangeOwner,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
  ) {
    super()
    this.#request = request
    this.#call = call
    this.#pool = pool
    this.#settings = settings
    this.#watchdog = watchdog
    this.#owner = owner
    this.#resolve = resolve
    this.#reject = reject
    this.#body = new IncomingBody(this, settings.limits.bodyBytes)
  }

  // Facts, for messages.

  get target(): string {
    return describeTarget(this.#request)
  }

  get sent(): Sent {
    if (this.headReceived) return 'yes'
    return this.#stage === 'sending' || this.#stage === 'head' ? 'maybe' : 'no'
  }

  get headReceived(): boolean {
    return this.#trailers !== undefined
  }

  get receivedBytes(): number {
    return this.#body.receivedBytes
  }

  get expectedBytes(): number | undefined {
    return this.#body.expectedBytes
  }

  get reusedConnection(): boolean {
    return this.#wasReused
  }

  /** Opens the body and asks the pool for a connection. */
  start(): void {
    this.#call.addListener(this)
    if (this.#stage === 'done') return
    const { body } = this.#request
    try {
      checkFraming(this.#request)
    } catch (wrong) {
      this.#fail(wrong)
      return
    }
    if (body !== undefined) {
      try {
        const opened = body.open()
        this.#outgoing = opened instanceof Uint8Array ? opened : new OutgoingBody(opened)
      } catch (cause) {
        this.#fail(this.#bodyFailure('could not be opened', cause, body.replayable ? 'encode' : 'not-replayable'))
        return
      }
    }
    this.#pool.submit(this)
  }

  // Called by the pool.

  onQueued(acquireTimeoutMs: number | false): void {
    this.#stage = 'waiting'
    this.#watch('queue', this.#settings.timeouts.queueMs ?? acquireTimeoutMs)
  }

  /** There will be no connection. */
  failUnsent(error: HttpError): void {
    this.#stage = 'waiting'
    this.#fail(forRequest(error, this.target))
  }

  takeConnection(connection: Connection): void {
    this.#connection = connection
    this.#stage = 'given'
    this.#wasReused = connection.served > 0 || connection.rested
    connection.rested = false
    if (connection.protocol === 'h2') {
      // The server may allow fewer streams than we do: undici then holds the request back.
      this.#watch('queue', this.#settings.timeouts.queueMs ?? false)
    } else if (endsConnection(this.#request)) this.#reusable = false
  }

  dispatchOptions(): DispatchOptions {
    const { method, path, headers, body } = this.#request
    const flat = headers.toFlat()
    const announce = body?.length !== undefined && this.#outgoing instanceof OutgoingBody && !headers.has('content-length')
    const fields = announce ? [...flat, 'content-length', String(body.length)] : flat
    return new DispatchOptions(method, path, fields, this.#outgoing ?? null)
  }

  // undici's handler.

  onRequestStart(controller: Controller): void {
    const connection = this.#connection
    if (this.#stage === 'done' || connection === undefined) {
      controller.abort(this.#failure instanceof Error ? this.#failure : new Error('given up'))
      return
    }
    this.#controller = controller
    this.#bytesReadBefore = connection.bytesRead
    connection.started(this.target, this.#call.options['onInformational'] === undefined ? undefined : () => this.#informational(100, {}))
    if (this.#outgoing instanceof OutgoingBody) {
      this.#stage = 'sending'
      this.#watch('idle', this.#settings.timeouts.idleMs)
    } else {
      this.#stage = 'head'
      this.#watch('headers', this.#settings.timeouts.headersMs)
    }
  }

  onBodySent(): void {
    if (this.#stage === 'sending') this.#extend()
  }

  onRequestSent(): void {
    if (this.#stage !== 'sending') return
    this.#stage = 'head'
    this.#watch('headers', this.#settings.timeouts.headersMs)
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
    const { limits } = this.#settings
    if (connection?.protocol === 'h2' && fieldBytes(fields) > limits.headerBytes) {
      controller.abort(this.#tooLarge('headers are', 'headerBytes', limits.headerBytes))
      return
    }
    const version = connection?.httpVersion ?? '1.1'
    if (!keepsAlive(version, fields['connection'])) this.#reusable = false
    const length = Number(single(fields['content-length']) || Number.NaN)
    if (Number.isSafeInteger(length) && this.#request.method !== 'HEAD') this.#body.expectedBytes = length
    const trailers = new Trailers(this.#body)
    const handle = new BodyHandle(this.#body)
    this.#trailers = trailers
    this.#stage = 'body'
    this.#watch('idle', this.#settings.timeouts.idleMs)
    const response = new TransportResponse(status, statusText ?? '', version, new ResponseFields(fields), handle, this.#request, trailers)
    this.#resolve(response)
    // Not for what comes whole with its head, which is most: registering costs more than a middleware.
    if (!(length <= 16_384)) handle.guard()
  }

  onResponseData(_controller: Controller, chunk: Uint8Array): void {
    if (this.#stage !== 'body') return
    this.#body.push(chunk)
    if (this.#stage === 'body' && !this.#body.paused) this.#extend()
  }

  onResponseEnd(controller: Controller, trailers: FieldRecord): void {
    if (this.#stage !== 'body') {
      this.#leaveConnection(false)
      return
    }
    const { limits } = this.#settings
    if (fieldBytes(trailers) > limits.headerBytes) {
      controller.abort(this.#tooLarge('trailers are', 'headerBytes', limits.headerBytes))
      return
    }
    this.#trailers?.set(trailers)
    // RFC 9112 §9.5: an answer before the whole request was read ends the connection.
    if (this.#outgoing instanceof OutgoingBody && !this.#outgoing.finished) this.#reusable = false
    this.#leaveConnection(this.#reusable)
    this.#finish(undefined)
    this.#body.end()
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const { headReceived } = this
    const unsent = this.#stage === 'given'
    const untouched = this.#connection?.protocol === 'h2' || this.#connection?.bytesRead === this.#bytesReadBefore
    // HTTP/2: one stream's end is not the connection's.
    this.#leaveConnection(this.#connection?.protocol === 'h2')
    if (this.#stage === 'done') return
    if (error instanceof ConnectionGone) {
      // Never written, or refused as a whole by GOAWAY; undici told the two apart.
      if (unsent || !this.#replayed) {
        this.#replayed ||= !unsent
        this.#resubmit(false)
        return
      }
    }
    const refused = isRefused(error) && !headReceived
    const stale = isDeadConnection(error) && this.#wasReused && !headReceived && untouched
    const notProcessed = refused || (stale && neverLeft(error, this.#request))
    if (!this.#replayed && (notProcessed || (stale && isIdempotent(this.#request.method))) && this.#reopen()) {
      this.#replayed = true
      this.#resubmit(true)
      return
    }
    const source = this.#outgoing instanceof OutgoingBody ? this.#outgoing : undefined
    if (source?.failed === true && !headReceived) {
      this.#fail(this.#bodyFailure('failed while it was sent', source.failure, 'encode'))
      return
    }
    if (notProcessed || unsent) this.#stage = 'given'
    this.#fail(exchangeFailure(error, this))
  }

  // Limits and cancellation.

  override onDue(): void {
    if (this.#stage === 'done') return
    const what = { queue: 'no free connection', headers: 'no response headers', idle: 'nothing moved' }
    const phase = this.#phase
    const words = phase === 'queue' || phase === 'headers' || phase === 'idle' ? what[phase] : phase
    const attempt = this.#call.attempt === 0 ? '' : ` (attempt ${this.#call.attempt + 1})`
    const progress = phase === 'idle' ? `; ${describeProgress(this)}` : ''
    this.#abort(
      new TimeoutError(`${this.target}: ${words} within ${this.#limitMs} ms${attempt}${progress}`, {
        phase,
        limitMs: this.#limitMs,
        sent: this.sent,
        target: this.target,
        receivedBytes: this.receivedBytes,
      }),
    )
  }

  onCancel(reason: unknown): void {
    if (this.#stage !== 'done') this.#abort(cancellationFailure(reason, this))
  }

  /** Ends it from outside: the client is destroyed. */
  destroy(cause: unknown): void {
    if (this.#stage === 'done') return
    this.#abort(new AbortedError(`${this.target}: the client was destroyed; ${describeProgress(this)}`, { sent: this.sent, target: this.target, cause }))
  }

  // The body's source.

  pause(): void {
    this.#controller?.pause()
    this.dueAt = Infinity
  }

  resume(): void {
    this.#watch('idle', this.#settings.timeouts.idleMs)
    this.#controller?.resume()
  }

  abandon(failure: unknown): void {
    this.#abort(
      failure instanceof HttpError
        ? failure
        : new AbortedError(`${this.target}: the body was discarded; ${describeProgress(this)}`, { sent: 'yes', target: this.target }),
    )
  }

  // Inside.

  #informational(status: number, fields: FieldRecord): void {
    const listener: unknown = this.#call.options['onInformational']
    if (typeof listener === 'function') listener(status, new ResponseFields(fields))
    this.#interim += 1
    const limit = this.#settings.limits.interimResponses
    if (this.#interim > limit) this.#abort(tooManyInterim(this.target, limit))
  }

  #abort(error: HttpError): void {
    const controller = this.#controller
    if (this.#stage === 'waiting') this.#pool.withdraw(this)
    this.#fail(error)
    controller?.abort(error)
  }

  #fail(error: unknown): void {
    if (this.#stage === 'done') return
    this.#failure = error
    this.#finish(error)
    this.#reject(error)
    this.#body.fail(error)
  }

  #finish(error: unknown): void {
    this.#stage = 'done'
    this.#call.removeListener(this)
    this.#watchdog.unwatch(this)
    if (this.#outgoing instanceof OutgoingBody && (error !== undefined || !this.#outgoing.finished)) this.#outgoing.stop()
    this.#owner.onExchangeSettled(this)
  }

  #leaveConnection(reusable: boolean): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#connection = undefined
    this.#controller = undefined
    this.#pool.release(connection, reusable)
  }

  #resubmit(freshOnly: boolean): void {
    this.#stage = 'waiting'
    this.#interim = 0
    this.freshOnly = freshOnly
    this.#pool.submit(this)
  }

  /** Makes the body ready to be sent again; `false` where that cannot be. */
  #reopen(): boolean {
    const { body } = this.#request
    if (body === undefined || this.#outgoing instanceof Uint8Array) return true
    if (!body.replayable) return false
    if (this.#outgoing instanceof OutgoingBody) this.#outgoing.stop()
    try {
      const opened = body.open()
      this.#outgoing = opened instanceof Uint8Array ? opened : new OutgoingBody(opened)
      return true
    } catch {
      return false
    }
  }

  #watch(phase: TimeoutPhase, limitMs: number | false): void {
    this.#phase = phase
    this.#limitMs = limitMs === false ? Infinity : limitMs
    this.#watchdog.watch(this, limitMs === false ? Infinity : this.#watchdog.now() + limitMs)
  }

  /** Something moved. */
  #extend(): void {
    this.dueAt = this.#watchdog.now() + this.#limitMs
  }

  #tooLarge(what: string, limit: string, bytes: number): BodyError {
    return new BodyError(`${this.target}: the response ${what} larger than limits.${limit} (${bytes})`, {
      code: 'too-large',
      sent: 'yes',
      target: this.target,
    })
  }

  #bodyFailure(what: string, cause: unknown, code: 'encode' | 'not-replayable'): BodyError {
    const words = cause instanceof Error ? ` (${cause.message})` : ''
    return new BodyError(`${this.target}: the request body ${what}${words}`, { code, sent: this.sent, target: this.target, cause })
  }
}
