import type { Socket } from 'node:net'
import { AbortedError, type Clock } from '@halyard/core'
import type { Connected } from '../connect/connector.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { HeadFilter, type HeadLimits } from '../exchange/head-filter.ts'
import { clientOver, watchCuts, type Client, type ClientSettings } from '../undici/undici-client.ts'

/**
 * Requests that wait inside an HTTP/2 connection before another connection is thought of. Not none: undici writes what
 * it is given in the midst of an answer only after it, so a few wait at any time.
 */
const heldBack = 16

export interface ConnectionOwner {
  /** The socket is gone; what it carried is failed by itself. */
  onConnectionLost(connection: Connection): void
  /** An HTTP/2 connection can take streams again. */
  onCapacity(): void
}

export interface ConnectionLimits extends ClientSettings, HeadLimits {
  readonly maxRequests: number
  readonly maxAgeMs: number
}

/**
 * One socket, and the undici client that speaks over it. Made once connected; never connects again.
 *
 * The client is made with the first request, for an undici client takes its socket only then. Until that, the
 * connection looks after its socket itself.
 */
export class Connection {
  readonly protocol: 'h1' | 'h2'
  readonly #origin: string
  readonly #socket: Socket
  readonly #filter: HeadFilter | undefined
  readonly #limits: ConnectionLimits
  readonly #owner: ConnectionOwner
  readonly #bornAt: number
  #client: Client | undefined
  /** Of the request written last. */
  #latest: Exchange | undefined
  #stopParking: (() => void) | undefined
  /** Requests written so far. */
  served = 0
  /** Requests given to it that have not ended. */
  active = 0
  /** Whether it lay idle since it was made or last answered: its peer may have gone meanwhile. */
  rested = false
  /** Whether it is on the pool's stack. */
  resting = false
  /** Takes no more requests; ends when the last one has. */
  retired = false
  lost = false
  /** HTTP/2: the server's settings have come, so capacity is known. */
  settled = false

  constructor(origin: string, connected: Connected, limits: ConnectionLimits, owner: ConnectionOwner, now: number) {
    this.protocol = connected.protocol
    this.#origin = origin
    this.#socket = connected.socket
    this.#limits = limits
    this.#owner = owner
    this.#bornAt = now
    this.#filter = connected.protocol === 'h1' ? new HeadFilter(connected.socket, limits) : undefined
    // Until its first request undici knows nothing of the socket.
    connected.socket.once('close', () => this.#onLost())
    // Before undici, which takes a reset for the end of a body without a length.
    if (connected.protocol === 'h1') connected.socket.on('error', (error) => this.#latest?.onBroken(error))
  }

  get httpVersion(): '1.0' | '1.1' | '2' {
    return this.#filter === undefined ? '2' : this.#filter.version
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  /** Whether one more request may be given to it at `now`. */
  accepts(now: number): boolean {
    if (this.retired || this.lost || this.#exhausted(now)) return false
    if (this.protocol === 'h1') return this.active === 0
    return this.active < this.#limits.maxStreams && (this.active <= heldBack || this.#heldBack() < heldBack)
  }

  /** HTTP/2: how many requests undici has not written, for the server allows no more streams. */
  #heldBack(): number {
    return this.#client?.stats.pending ?? 0
  }

  /** Whether it is worn out, full or not. */
  expired(now: number): boolean {
    return this.served >= this.#limits.maxRequests || now - this.#bornAt >= this.#limits.maxAgeMs
  }

  dispatch(exchange: Exchange): void {
    this.active += 1
    exchange.takeConnection(this)
    this.#client ??= this.#attachClient()
    this.#client.dispatch(exchange.dispatchOptions(), exchange)
  }

  /** undici wrote a request: from here on an answer may come. */
  started(exchange: Exchange): void {
    this.served += 1
    this.#latest = exchange
    this.#filter?.expect(exchange)
  }

  /** Waits without work; before its first request it has no client to notice what the peer does. */
  park(clock: Clock): void {
    this.rested = true
    if (this.#client !== undefined || this.#stopParking !== undefined) return
    const socket = this.#socket
    // Over HTTP/1 a server that speaks before it was asked answers no request of ours: `408`, or worse.
    const onReadable = (): void => void socket.destroy()
    const cancelTimer = clock.after(this.#limits.idleTimeoutMs, () => socket.destroy())
    if (this.protocol === 'h1') socket.on('readable', onReadable)
    socket.unref()
    this.#stopParking = () => {
      cancelTimer()
      socket.off('readable', onReadable)
      socket.ref()
      this.#stopParking = undefined
    }
  }

  /** Ends when nothing is left in it. */
  retire(): void {
    if (this.retired) return
    this.retired = true
    if (this.active === 0) this.#end()
  }

  /** One request has ended. */
  ended(): void {
    this.active -= 1
    if ((this.retired || this.lost) && this.active === 0) this.#end()
  }

  destroy(error: Error): void {
    this.retired = true
    if (this.#client !== undefined) void this.#client.destroy(error)
    // undici takes the socket with the first request that it accepts, and forgets it after GOAWAY.
    if (this.served === 0 || this.lost) this.#socket.destroy()
  }

  #exhausted(now: number): boolean {
    // Streams that were given to HTTP/2 and not written yet will count, too.
    const given = this.protocol === 'h2' ? Math.max(this.served, this.active) : this.served
    return given >= this.#limits.maxRequests || now - this.#bornAt >= this.#limits.maxAgeMs
  }

  #attachClient(): Client {
    this.#stopParking?.()
    const client = clientOver(this.#origin, this.#socket, this.#limits, () => this.#onLost())
    if (this.protocol === 'h2') watchCuts(client, () => this.#latest)
    client.on('disconnect', () => this.#onLost())
    client.on('connectionError', () => this.#onLost())
    client.on('drain', () => {
      this.settled = true
      if (this.protocol === 'h2') this.#owner.onCapacity()
    })
    // Errors between requests are the `disconnect` that follows them.
    client.on('error', () => undefined)
    return client
  }

  #onLost(): void {
    if (this.lost) return
    this.lost = true
    this.#stopParking?.()
    if (this.active === 0) this.#end()
    this.#owner.onConnectionLost(this)
  }

  #end(): void {
    // Later: undici is still busy with the end of the last answer.
    queueMicrotask(() => this.destroy(new AbortedError('retired', { sent: 'no', target: this.#origin })))
  }
}
