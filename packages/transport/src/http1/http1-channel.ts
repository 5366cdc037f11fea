import type { Socket } from 'node:net'
import type { CancelTimer, Clock } from '@halyard/core'
import type { Exchange } from '../exchange/exchange.ts'
import type { Channel, ChannelOwner } from '../pool/channel.ts'
import { readTransiently, type TransientReader } from '../connect/shared-reads.ts'
import { HeadFilter, type HeadLimits } from './head-filter.ts'
import { clientOver, type Client, type ClientSettings } from './undici-client.ts'

/**
 * HTTP/1.1 by an undici client. The client is made with the first request, for it takes its socket only then; until
 * that, the channel looks after the socket itself.
 */
export class Http1Channel implements Channel, TransientReader {
  readonly capacity = 1
  readonly settled = true
  readonly #origin: string
  readonly #socket: Socket
  readonly #settings: ClientSettings
  readonly #clock: Clock
  readonly #owner: ChannelOwner
  readonly #filter: HeadFilter
  #client: Client | undefined
  /** Of the request written last. */
  #latest: Exchange | undefined
  #stopParking: (() => void) | undefined

  constructor(
    origin: string,
    socket: Socket,
    settings: ClientSettings & HeadLimits,
    clock: Clock,
    owner: ChannelOwner,
  ) {
    this.#origin = origin
    this.#socket = socket
    this.#settings = settings
    this.#clock = clock
    this.#owner = owner
    this.#filter = new HeadFilter(socket, settings)
    readTransiently(socket, this)
    // Until its first request undici knows nothing of the socket.
    socket.once('close', () => {
      this.#stopParking?.()
      owner.onLost()
    })
    // Before undici, which takes a reset for the end of a body without a length.
    socket.on('error', (error) => this.#latest?.onBroken(error))
  }

  get httpVersion(): '1.0' | '1.1' {
    return this.#filter.version
  }

  get takesTransient(): boolean {
    return this.#latest?.incoming.takesTransient ?? false
  }

  dispatch(exchange: Exchange): void {
    this.#client ??= this.#attachClient()
    this.#client.dispatch(exchange.dispatchOptions(), exchange)
  }

  started(exchange: Exchange): void {
    this.#latest = exchange
    this.#filter.expect(exchange)
  }

  /** Before its first request it has no client to notice what the peer does. */
  rest(): void {
    if (this.#client !== undefined || this.#stopParking !== undefined) return
    const socket = this.#socket
    // A server that speaks before it was asked answers no request of ours: `408`, or worse.
    const onReadable = (): void => void socket.destroy()
    const cancelTimer: CancelTimer = this.#clock.after(this.#settings.idleTimeoutMs, () => socket.destroy())
    socket.on('readable', onReadable)
    socket.unref()
    this.#stopParking = () => {
      cancelTimer()
      socket.off('readable', onReadable)
      socket.ref()
      this.#stopParking = undefined
    }
  }

  destroy(error: Error): void {
    if (this.#client !== undefined) void this.#client.destroy(error)
    // undici takes the socket with the first request that it accepts.
    if (this.#latest === undefined) this.#socket.destroy()
  }

  #attachClient(): Client {
    this.#stopParking?.()
    const lost = (): void => this.#owner.onLost()
    const client = clientOver(this.#origin, this.#socket, this.#settings, lost)
    client.on('disconnect', lost)
    client.on('connectionError', lost)
    // Errors between requests are the `disconnect` that follows them.
    client.on('error', () => undefined)
    return client
  }
}
