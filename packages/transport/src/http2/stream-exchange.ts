import { constants, type ClientHttp2Stream } from 'node:http2'
import type { Exchange } from '../exchange/exchange.ts'
import type { Controller } from '../exchange/exchange-init.ts'
import type { Listed } from '../exchange/entry-list.ts'
import { OutgoingBody } from '../exchange/outgoing-body.ts'
import { SocketClosed, StreamCut, StreamRefused } from './http2-errors.ts'
import { recordOf } from './response-record.ts'
import { listenTo, type StreamListener } from './stream-events.ts'

/** What may wait to be written before the source is asked for more; less than a chunk whose memory is used again. */
const writableBytes = 262_144

/** What a stream needs of its channel. */
export interface StreamOwner {
  checkLost(): boolean
  forget(stream: StreamExchange): void
}

/**
 * One request over one HTTP/2 stream.
 *
 * What arrives is taken where Node hands it over, at `push`, rather than out of its buffer, which spares the
 * buffer, and it is the only place that tells END_STREAM from a stream that was reset without an error.
 */
export class StreamExchange implements Controller, Listed, StreamListener {
  place = -1
  readonly #owner: StreamOwner
  readonly #exchange: Exchange
  readonly #stream: ClientHttp2Stream
  readonly #pushToNode: ClientHttp2Stream['push']
  #body: OutgoingBody | undefined
  /** Whether the exchange has heard how it ended. */
  #over = false
  #headArrived = false
  /** Node tells of the head later than of data that came with it. */
  #early: Uint8Array[] | undefined
  #endStream = false
  #paused = false
  #trailers: readonly string[] = []
  #onDrain: (() => void) | undefined

  constructor(owner: StreamOwner, exchange: Exchange, stream: ClientHttp2Stream) {
    this.#owner = owner
    this.#exchange = exchange
    this.#stream = stream
    this.#pushToNode = stream.push.bind(stream)
    stream.push = (chunk: Uint8Array | null): boolean => this.#onPush(chunk)
    listenTo(stream, this)
    // Not `resume`: nothing is read from Node's buffer.
    stream._read(0)
  }

  get id(): number {
    return this.#stream.id ?? Infinity
  }

  start(body: unknown): void {
    this.#exchange.onRequestStart(this)
    if (body instanceof OutgoingBody) {
      this.#body = body
      void this.#send(body)
    } else if (body instanceof Uint8Array) this.#stream.end(body)
  }

  // Of the exchange.

  /** RFC 9113 §8.1, §7: CANCEL, and no END_STREAM: a server would act on a part of an upload. */
  abort(reason: Error): void {
    this.#reset()
    this.fail(reason)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#over) return
    // Node's buffer is never filled, so `resume` would think that a read is under way.
    if (!this.#stream.destroyed) this.#stream._read(0)
  }

  /** Ends the exchange with `error`; the stream goes on or ends by itself. */
  fail(error: Error): void {
    if (this.#over) return
    this.#finish()
    this.#exchange.onResponseError(this, error)
  }

  // Of the stream.

  #onPush(chunk: Uint8Array | null): boolean {
    if (chunk === null) {
      const { closed, destroyed } = this.#stream
      // RFC 9113 §8.1 wants END_STREAM. Node's servers may end answers by a reset without an error instead, which a cut
      // looks like as well: only a length tells them apart.
      const isWhole = this.#headArrived && this.#exchange.receivedBytes === this.#exchange.expectedBytes
      if ((!closed || isWhole) && !this.#endStream) {
        this.#endStream = true
        // After the head and trailers that came with it.
        process.nextTick(() => this.#onEnd())
      }
      // Reset without an error, and Node waits for the request's end before it tells.
      else if (closed && !destroyed && !this.#endStream) process.nextTick(() => this.#onCut())
      return this.#pushToNode(null)
    }
    if (this.#over) return true
    if (this.#headArrived) this.#exchange.onResponseData(this, chunk)
    else (this.#early ??= []).push(chunk)
    return !this.#paused
  }

  onInterim(status: number, fields: readonly string[]): void {
    if (!this.#over) this.#exchange.onResponseStart(this, status, recordOf(fields), undefined)
  }

  onTrailers(fields: readonly string[]): void {
    this.#trailers = fields
  }

  onHead(status: number, fields: readonly string[]): void {
    if (this.#over || this.#headArrived) return
    this.#headArrived = true
    this.#exchange.onResponseStart(this, status, recordOf(fields), undefined)
    const early = this.#early
    if (early === undefined) return
    this.#early = undefined
    for (const chunk of early) if (!this.#over) this.#exchange.onResponseData(this, chunk)
  }

  #onEnd(): void {
    // Node lets go of a stream when its end was read.
    this.#stream.read(0)
    if (this.#over) return
    if (!this.#headArrived) {
      this.#onCut()
      return
    }
    const unsent = this.#body !== undefined && !this.#body.finished
    this.#finish()
    this.#exchange.onResponseEnd(this, recordOf(this.#trailers))
    // The server does not want the rest.
    if (unsent) this.#reset()
  }

  onFailure(error: Error): void {
    // All of the answer is here.
    if (this.#endStream) return
    this.#owner.checkLost()
    this.fail(this.#stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? new StreamRefused('REFUSED_STREAM') : error)
  }

  #onCut(): void {
    this.abort(new StreamCut(this.#stream.rstCode))
  }

  onClose(): void {
    if (this.#over || this.#endStream) return
    const lost = this.#owner.checkLost()
    this.fail(lost ? new SocketClosed() : new StreamCut(this.#stream.rstCode))
  }

  #finish(): void {
    this.#over = true
    this.#early = undefined
    this.#owner.forget(this)
    this.#onDrain?.()
  }

  #reset(): void {
    const stream = this.#stream
    if (stream.destroyed) return
    // What waits to be written will not be.
    if (stream.closed) {
      stream.destroy()
      return
    }
    // `close` ends the request body as if it were whole.
    stream.end = () => stream
    stream.close(constants.NGHTTP2_CANCEL)
  }

  async #send(body: OutgoingBody): Promise<void> {
    const stream = this.#stream
    try {
      for await (const chunk of body) {
        // A source that is always ready would never let the stream tell of its end.
        if (this.#over || stream.closed || stream.destroyed) return
        if (!stream.write(chunk) && stream.writableLength > writableBytes) await this.#drained()
        if (this.#over) return
        this.#exchange.onBodySent()
      }
      if (this.#over) return
      stream.end()
      this.#exchange.onRequestSent()
    } catch (failure) {
      this.abort(failure instanceof Error ? failure : new Error('the source failed', { cause: failure }))
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrain = () => {
        this.#onDrain = undefined
        this.#stream.off('drain', resolve)
        resolve()
      }
      this.#stream.once('drain', resolve)
    })
  }
}
