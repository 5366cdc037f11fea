import { AbortedError, isHttpError, type Clock } from '@halyard/core'
import { Connector } from '../connect/connector.ts'
import type { ConnectionSettings } from '../connect/connection-settings.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { Connection, type ConnectionLimits, type ConnectionOwner } from './connection.ts'
import type { PoolLimits } from './pool-options.ts'
import { WaitQueue } from './wait-queue.ts'

export interface OriginStats {
  readonly connections: number
  readonly idle: number
  readonly active: number
  readonly queued: number
  readonly streams: number
  readonly protocol: 'h1' | 'h2' | undefined
}

/**
 * The connections of one origin and one identity.
 *
 * Idle connections are a stack: the warmest is taken, the coldest time out. Requests that find none wait in one queue;
 * each connection that opens, or ends a request, takes the first of them. A request is given to a connection in the
 * same turn in which the last answer ended, which spares undici its look at an idle socket.
 */
export class OriginPool implements ConnectionOwner {
  readonly origin: string
  readonly #limits: PoolLimits
  readonly #connectionLimits: ConnectionLimits
  readonly #connector: Connector
  readonly #clock: Clock
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #queue = new WaitQueue<Exchange>()
  readonly #attempts = new Set<() => void>()
  /** Learnt from the first connection; until then one attempt at a time where it might be HTTP/2. */
  #protocol: 'h1' | 'h2' | undefined
  readonly #mayBeH2: boolean
  #sharing = false
  #closed: AbortedError | undefined
  #onEmpty: (() => void) | undefined

  constructor(
    origin: string,
    settings: ConnectionSettings,
    limits: PoolLimits,
    connectionLimits: ConnectionLimits,
    clock: Clock,
  ) {
    this.origin = origin
    this.#limits = limits
    this.#connectionLimits = connectionLimits
    this.#clock = clock
    this.#connector = new Connector(origin, settings, clock)
    const secure = origin.startsWith('https:')
    this.#mayBeH2 = secure ? settings.httpVersion !== '1.1' : settings.priorKnowledge || settings.httpVersion === '2'
  }

  /** Gives the request to a connection, now or when there is one. */
  submit(exchange: Exchange): void {
    if (this.#closed !== undefined) {
      exchange.failUnsent(this.#closed)
      return
    }
    const connection = exchange.freshOnly ? undefined : this.#available()
    if (connection === undefined) {
      if (exchange.freshOnly) this.#queue.addFirst(exchange)
      else this.#queue.add(exchange)
      exchange.onQueued(this.#limits.acquireTimeoutMs)
      if (this.#protocol === 'h2') this.#shareLater()
      else this.#open()
    } else connection.dispatch(exchange)
  }

  /** The request gave up waiting. */
  withdraw(exchange: Exchange): void {
    this.#queue.remove(exchange)
    if (this.#queue.length < this.#attempts.size) this.#cancelSpareAttempt()
  }

  /** A request on `connection` has ended; `reusable` says whether the connection may take another. */
  release(connection: Connection, reusable: boolean): void {
    connection.ended()
    if (connection.lost || connection.retired) {
      this.#open()
      return
    }
    const now = this.#now()
    if (!reusable || connection.expired(now)) {
      this.#retire(connection)
      this.#open()
      return
    }
    this.#feed(connection, now)
    if (connection.active === 0 && !connection.retired) this.#rest(connection)
  }

  onConnectionLost(connection: Connection): void {
    this.#unrest(connection)
    this.#connections.delete(connection)
    this.#open()
  }

  onCapacity(): void {
    this.#shareLater()
  }

  stats(): OriginStats {
    let active = 0
    let streams = 0
    for (const connection of this.#connections) {
      if (connection.active > 0) active += 1
      if (connection.protocol === 'h2') streams += connection.active
    }
    return {
      connections: this.#connections.size + this.#attempts.size,
      idle: this.#connections.size - active,
      active,
      queued: this.#queue.length,
      streams,
      protocol: this.#protocol,
    }
  }

  get unused(): boolean {
    return this.#connections.size === 0 && this.#attempts.size === 0 && this.#queue.length === 0
  }

  /** Takes nothing new; resolves when the last connection is gone. */
  close(): Promise<void> {
    this.#closed ??= new AbortedError(`${this.origin}: the client is closed`, { sent: 'no', target: this.origin })
    for (const connection of this.#connections) if (connection.active === 0) this.#retire(connection)
    return this.#emptied()
  }

  destroy(error: Error): Promise<void> {
    this.#closed ??= new AbortedError(`${this.origin}: the client was destroyed`, {
      sent: 'no',
      target: this.origin,
      cause: error,
    })
    for (let first = this.#queue.first; first !== undefined; first = this.#queue.first) {
      this.#queue.remove(first)
      first.failUnsent(this.#closed)
    }
    for (const cancel of this.#attempts) cancel()
    this.#attempts.clear()
    for (const connection of this.#connections) connection.destroy(error)
    return this.#emptied()
  }

  /** Asked only where ages matter. */
  #now(): number {
    return this.#limits.maxAgeMs === Infinity ? 0 : this.#clock.now()
  }

  #emptied(): Promise<void> {
    return new Promise((resolve) => {
      const earlier = this.#onEmpty
      this.#onEmpty = () => {
        earlier?.()
        resolve()
      }
      this.#checkEmpty()
    })
  }

  #checkEmpty(): void {
    if (!this.unused) return
    this.#onEmpty?.()
    this.#onEmpty = undefined
  }

  #available(): Connection | undefined {
    const now = this.#now()
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      idle.resting = false
      if (idle.accepts(now)) return idle
      if (!idle.barred) idle.retire()
    }
    if (this.#protocol !== 'h2') return undefined
    for (const connection of this.#connections) if (connection.accepts(now)) return connection
    return undefined
  }

  /** Hands waiting requests to `connection` for as long as it takes them. */
  #feed(connection: Connection, now: number): void {
    for (let first = this.#queue.first; first !== undefined; first = this.#queue.first) {
      if (first.freshOnly && connection.served > 0) {
        // This one was promised a new connection: make room for it.
        if (connection.active === 0) this.#retire(connection)
        return
      }
      if (!connection.accepts(now)) return
      this.#queue.remove(first)
      this.#unrest(connection)
      connection.dispatch(first)
    }
  }

  /**
   * HTTP/2: hands out what waits once undici has written what it was given, which it does not in the middle of a round
   * of its own, nor at once for streams. Until it has, nobody knows how many more a connection takes.
   */
  #shareLater(): void {
    if (this.#sharing) return
    this.#sharing = true
    queueMicrotask(() => {
      this.#sharing = false
      const before = this.#queue.length
      const now = this.#now()
      for (const connection of this.#connections) this.#feed(connection, now)
      if (this.#queue.length > 0 && this.#queue.length < before) this.#shareLater()
      else this.#open()
    })
  }

  #rest(connection: Connection): void {
    if (this.#closed !== undefined || this.#idle.length >= this.#limits.maxIdleConnections) {
      this.#retire(connection)
    } else if (!connection.resting) {
      connection.resting = true
      this.#idle.push(connection)
      connection.park()
    }
  }

  /** Starts as many attempts as the waiting requests need and the limits allow. */
  #open(): void {
    while (this.#wantsConnection()) this.#attempt()
    this.#checkEmpty()
  }

  #wantsConnection(): boolean {
    const waiting = this.#queue.length
    const opening = this.#attempts.size
    if (waiting === 0 || this.#connections.size + opening >= this.#limits.maxConnections) return false
    const h2 = this.#protocol === 'h2' || (this.#protocol === undefined && this.#mayBeH2)
    if (!h2) return waiting > opening
    if (opening > 0) return false
    // A connection whose limits are not known yet may take them all; a peer that takes none means all connections.
    for (const connection of this.#connections)
      if ((!connection.settled || connection.barred) && !connection.lost && !connection.retired) return false
    return true
  }

  #attempt(): void {
    const startedAt = this.#queue.length
    const cancel = this.#connector.connect((error, connected) => {
      this.#attempts.delete(cancel)
      if (connected === undefined) this.#attemptFailed(error, startedAt)
      else {
        const now = this.#now()
        const connection = new Connection(this.origin, connected, this.#connectionLimits, this.#clock, this, now)
        this.#protocol = connected.protocol
        this.#connections.add(connection)
        this.#feed(connection, now)
        if (connection.active === 0) this.#rest(connection)
      }
      this.#open()
    })
    this.#attempts.add(cancel)
  }

  /** Fails the request that waited longest; where no connection is left to serve the others, them too. */
  #attemptFailed(error: unknown, waitedThen: number): void {
    const alone = this.#connections.size === 0 && this.#attempts.size === 0
    for (let count = alone ? Math.max(1, waitedThen) : 1; count > 0; count -= 1) {
      const first = this.#queue.first
      if (first === undefined) return
      this.#queue.remove(first)
      first.failUnsent(
        isHttpError(error)
          ? error
          : new AbortedError(`${this.origin}: no connection`, { sent: 'no', target: this.origin, cause: error }),
      )
    }
  }

  #cancelSpareAttempt(): void {
    const [cancel] = this.#attempts
    if (cancel === undefined) return
    this.#attempts.delete(cancel)
    cancel()
    this.#checkEmpty()
  }

  /** It counts as open until its socket is gone. */
  #retire(connection: Connection): void {
    this.#unrest(connection)
    connection.retire()
  }

  #unrest(connection: Connection): void {
    if (!connection.resting) return
    connection.resting = false
    this.#idle.splice(this.#idle.indexOf(connection), 1)
  }
}
