import { connect, type ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { CancelTimer, Clock } from '@halyard/core'
import type { Exchange } from '../exchange/exchange.ts'
import { EntryList } from '../exchange/entry-list.ts'
import type { Channel, ChannelOwner } from '../pool/channel.ts'
import { ConnectionGone } from '../exchange/connection-gone.ts'
import { StreamExchange } from './stream-exchange.ts'
import { requestFields } from './request-fields.ts'
import { PeerSilent, StreamRefused } from './http2-errors.ts'

export interface Http2Settings {
  readonly headerBytes: number
  readonly idleTimeoutMs: number
  readonly maxStreams: number
  readonly initialWindowBytes: number
  readonly pingIntervalMs: number
}

/** HTTP/2 (RFC 9113) by a session of Node's. */
export class Http2Channel implements Channel {
  readonly httpVersion = '2'
  /** One, until the server's settings have come: it may allow no more. */
  capacity = 1
  settled = false
  readonly #scheme: string
  readonly #authority: string
  readonly #socket: Socket
  readonly #session: ClientHttp2Session
  readonly #settings: Http2Settings
  readonly #clock: Clock
  readonly #owner: ChannelOwner
  readonly #streams = new EntryList<StreamExchange>()
  #resting = false
  #restingSince = 0
  #cancelIdle: CancelTimer | undefined
  #cancelPing: CancelTimer | undefined
  #unanswered = false

  constructor(origin: URL, socket: Socket, settings: Http2Settings, clock: Clock, owner: ChannelOwner) {
    this.#scheme = origin.protocol.slice(0, -1)
    this.#authority = origin.host
    this.#socket = socket
    this.#settings = settings
    this.#clock = clock
    this.#owner = owner
    // Before the session hears of it: what it carried must not be sent over it again.
    socket.once('close', () => this.#lost())
    // Node would go on writing to a server that has left.
    socket.once('end', () => socket.destroy())
    this.#session = this.#open(origin)
    this.#schedulePing()
  }

  dispatch(exchange: Exchange): void {
    if (this.#resting) {
      this.#resting = false
      this.#session.ref()
    }
    const { method, path, headers, body } = exchange.dispatchOptions()
    try {
      if (this.#session.closed || this.#session.destroyed) throw new ConnectionGone()
      const length = body instanceof Uint8Array ? body.byteLength : undefined
      const fields = requestFields(method, this.#scheme, this.#authority, path, headers, length)
      const stream = new StreamExchange(this, exchange, this.#session.request(fields, { endStream: body === null }))
      this.#streams.add(stream)
      stream.start(body)
    } catch (failure) {
      // Later: whoever gives requests out is in the midst of it.
      queueMicrotask(() => exchange.onResponseError(null, failure instanceof Error ? failure : new Error('no stream')))
    }
  }

  started(): void {}

  rest(): void {
    this.#resting = true
    this.#restingSince = this.#clock.now()
    this.#session.unref()
    this.#cancelIdle ??= this.#clock.after(this.#settings.idleTimeoutMs, () => this.#checkIdle())
  }

  destroy(error: Error): void {
    this.#stopTimers()
    for (const stream of this.#streams.snapshot()) stream.fail(error)
    const { closed } = this.#session
    this.#session.destroy()
    // After GOAWAY Node would wait for the server to close.
    if (closed) this.#socket.destroy()
  }

  /** A stream has ended. */
  forget(stream: StreamExchange): void {
    this.#streams.delete(stream)
  }

  /** Whether nothing more can come or go; its owner knows it then, too. */
  checkLost(): boolean {
    const lost = this.#socket.destroyed || this.#session.destroyed
    if (lost) this.#lost()
    return lost
  }

  #open(origin: URL): ClientHttp2Session {
    const { headerBytes, initialWindowBytes, maxStreams } = this.#settings
    // All named, so that a polluted Object.prototype names none.
    const session = connect(
      origin,
      Object.assign(Object.create(null), {
        createConnection: () => this.#socket,
        peerMaxConcurrentStreams: maxStreams,
        settings: Object.assign(Object.create(null), {
          enablePush: false,
          initialWindowSize: initialWindowBytes,
          // Each field counts 32 bytes more there; the exact limit is the exchange's.
          maxHeaderListSize: Math.max(65_535, 4 * headerBytes),
        }),
      }),
    )
    session.once('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(Math.max(2 * initialWindowBytes, 524_288))
    })
    session.on('remoteSettings', (settings) => {
      this.capacity = Math.min(settings.maxConcurrentStreams ?? maxStreams, maxStreams)
      this.settled = true
      this.#owner.onCapacity()
    })
    session.on('goaway', (_code, lastStreamId) => this.#onGoaway(lastStreamId))
    // What it carried is told the same.
    session.on('error', () => this.#lost())
    session.on('close', () => this.#lost())
    return session
  }

  /** RFC 9113 §6.8: streams beyond the last one were not processed; the others may end. */
  #onGoaway(lastStreamId: number | undefined): void {
    this.#lost()
    for (const stream of this.#streams.snapshot())
      if (stream.id > (lastStreamId ?? Infinity)) stream.fail(new StreamRefused('GOAWAY'))
  }

  #lost(): void {
    this.#stopTimers()
    this.#owner.onLost()
  }

  #checkIdle(): void {
    this.#cancelIdle = undefined
    if (!this.#resting) return
    const left = this.#restingSince + this.#settings.idleTimeoutMs - this.#clock.now()
    if (left > 0) this.#cancelIdle = this.#clock.after(left, () => this.#checkIdle())
    else {
      this.#lost()
      this.#session.destroy()
    }
  }

  /** A server that is gone without a word is known by a ping that nobody answers. */
  #schedulePing(): void {
    const { pingIntervalMs } = this.#settings
    if (pingIntervalMs === 0) return
    this.#cancelPing = this.#clock.after(pingIntervalMs, () => {
      if (this.#session.destroyed) return
      if (this.#unanswered) {
        this.#session.destroy(new PeerSilent(pingIntervalMs))
        return
      }
      this.#unanswered = true
      this.#session.ping(() => {
        this.#unanswered = false
      })
      this.#schedulePing()
    })
  }

  #stopTimers(): void {
    this.#cancelIdle?.()
    this.#cancelPing?.()
  }
}
