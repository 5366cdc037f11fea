import type { Socket } from 'node:net'
import { AbortedError, type Clock } from '@halyard/core'
import type { Connected } from '../connect/connector.ts'
import type { SecuredConnection } from '../connect/tls/secured-connection.ts'
import type { Via } from '../connect/proxy/via.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { HeadLimits } from '../http1/head-filter.ts'
import { Http1Channel } from '../http1/http1-channel.ts'
import type { ClientSettings } from '../http1/undici-client.ts'
import { Http2Channel, type Http2Settings } from '../http2/http2-channel.ts'
import type { Channel, ChannelOwner } from './channel.ts'

export interface ConnectionOwner {
  /** The socket is gone; what it carried is failed by itself. */
  onConnectionLost(connection: Connection): void
  /** An HTTP/2 connection can take streams again. */
  onCapacity(): void
}

export interface ConnectionLimits extends ClientSettings, Http2Settings, HeadLimits {
  readonly headerBytes: number
  readonly idleTimeoutMs: number
  readonly maxRequests: number
  readonly maxAgeMs: number
}

/** One socket, what speaks over it, and its accounts: how old, how busy, how worn. */
export class Connection implements ChannelOwner {
  readonly protocol: 'h1' | 'h2'
  readonly secured: SecuredConnection | undefined
  /** What requests are changed by on their way through a proxy. */
  readonly via: Via | undefined
  readonly #origin: string
  readonly #socket: Socket
  readonly #channel: Channel
  readonly #limits: ConnectionLimits
  readonly #owner: ConnectionOwner
  readonly #bornAt: number
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

  constructor(
    origin: string,
    { protocol, socket, secured, via }: Connected,
    limits: ConnectionLimits,
    clock: Clock,
    owner: ConnectionOwner,
    now: number,
  ) {
    this.protocol = protocol
    this.secured = secured
    this.via = via
    this.#origin = origin
    this.#socket = socket
    this.#limits = limits
    this.#owner = owner
    this.#bornAt = now
    this.#channel =
      protocol === 'h1'
        ? new Http1Channel(origin, socket, limits, clock, this)
        : new Http2Channel(new URL(origin), socket, limits, clock, this)
  }

  get httpVersion(): '1.0' | '1.1' | '2' {
    return this.#channel.httpVersion
  }

  /** Whether its peer has said how much it takes. */
  get settled(): boolean {
    return this.#channel.settled
  }

  /** Whether its peer takes no requests for now, however few: another connection would be told the same. */
  get barred(): boolean {
    return this.#channel.capacity === 0
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  /** Whether one more request may be given to it at `now`. */
  accepts(now: number): boolean {
    return !this.retired && !this.lost && this.active < this.#channel.capacity && !this.expired(now)
  }

  /** Whether it is worn out, full or not, or speaks for an identity of before. */
  expired(now: number): boolean {
    return (
      this.served >= this.#limits.maxRequests ||
      now - this.#bornAt >= this.#limits.maxAgeMs ||
      this.secured?.stale === true
    )
  }

  dispatch(exchange: Exchange): void {
    this.active += 1
    exchange.takeConnection(this)
    this.#channel.dispatch(exchange)
  }

  /** A request was written: from here on an answer may come. */
  started(exchange: Exchange): void {
    this.served += 1
    this.#channel.started(exchange)
  }

  /** Waits without work. */
  park(): void {
    this.rested = true
    this.#channel.rest()
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
    this.#channel.destroy(error)
  }

  onCapacity(): void {
    this.#owner.onCapacity()
  }

  onLost(): void {
    if (this.lost) return
    this.lost = true
    if (this.active === 0) this.#end()
    this.#owner.onConnectionLost(this)
  }

  #end(): void {
    // Later: the channel is still busy with the end of the last answer.
    queueMicrotask(() => this.destroy(new AbortedError('retired', { sent: 'no', target: this.#origin })))
  }
}
