import { connect as connectSocket, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { TimeoutError, type Clock } from '@halyard/core'
import { connectFailure } from '../exchange/failure-table.ts'
import type { ConnectionSettings } from './connection-settings.ts'
import { race } from './race.ts'
import { resolveAddresses } from './resolve-addresses.ts'
import { alpnOf } from './tls/alpn.ts'
import { startHandshake } from './tls/handshake.ts'
import type { SecuredConnection } from './tls/secured-connection.ts'
import { SessionCache } from './tls/session-cache.ts'

export interface Connected {
  readonly socket: Socket
  readonly protocol: 'h1' | 'h2'
  /** Over TLS. */
  readonly secured: SecuredConnection | undefined
}

type Callback = (error: Error | null, connected: Connected | undefined) => void

/** Makes the connections of one origin: name, address race, TLS, protocol, all within one time limit. */
export class Connector {
  readonly #origin: URL
  readonly #settings: ConnectionSettings
  readonly #clock: Clock
  readonly #sessions = new SessionCache()

  constructor(origin: string, settings: ConnectionSettings, clock: Clock) {
    this.#origin = new URL(origin)
    this.#settings = settings
    this.#clock = clock
  }

  /** Starts one attempt; the returned function gives it up without a word. The callback is called once, later. */
  connect(callback: Callback): () => void {
    const attempt = new Attempt(this.#origin, this.#settings, this.#clock, this.#sessions, callback)
    // Later: a failure that shows at once must not call back before this returns.
    queueMicrotask(() => attempt.start())
    return () => attempt.cancel()
  }
}

/** One way from a name to a socket that may carry requests. */
class Attempt {
  readonly #origin: URL
  readonly #settings: ConnectionSettings
  readonly #clock: Clock
  readonly #sessions: SessionCache
  readonly #callback: Callback
  #over = false
  #socket: Socket | undefined
  #cancelRace: (() => void) | undefined
  #cancelTimer: (() => void) | undefined
  #step = 'name resolution'

  constructor(origin: URL, settings: ConnectionSettings, clock: Clock, sessions: SessionCache, callback: Callback) {
    this.#origin = origin
    this.#settings = settings
    this.#clock = clock
    this.#sessions = sessions
    this.#callback = callback
  }

  start(): void {
    if (this.#over) return
    const { connectMs, socketPath, lookup } = this.#settings
    if (connectMs !== false) this.#cancelTimer = this.#clock.after(connectMs, () => this.#timeOut(connectMs))
    if (socketPath !== undefined) {
      this.#step = 'connecting'
      const socket = connectSocket(socketPath)
      this.#socket = socket
      socket.once('connect', () => this.#connected(socket))
      socket.on('error', (error) => this.#fail(error))
      return
    }
    resolveAddresses(this.#hostname(), lookup, (error, addresses) => {
      if (this.#over) return
      if (error !== null) {
        this.#fail(error)
        return
      }
      this.#step = 'connecting'
      const port = Number(this.#origin.port) || (this.#origin.protocol === 'https:' ? 443 : 80)
      const { priorKnowledge, httpVersion } = this.#settings
      const isHttp1 = this.#origin.protocol !== 'https:' && !priorKnowledge && httpVersion !== '2'
      this.#cancelRace = race(addresses, port, isHttp1, this.#clock, (failure, socket) => {
        if (socket === undefined) this.#fail(failure ?? new Error('no socket'))
        else {
          this.#socket = socket
          socket.on('error', (late) => this.#fail(late))
          this.#connected(socket)
        }
      })
    })
  }

  cancel(): void {
    this.#finish()
    this.#socket?.destroy()
  }

  /** `[::1]` is `::1` to sockets. */
  #hostname(): string {
    return this.#origin.hostname.replace(/^\[|\]$/g, '')
  }

  #connected(socket: Socket): void {
    if (this.#over) {
      socket.destroy()
      return
    }
    if (this.#origin.protocol !== 'https:') {
      this.#succeed(socket, this.#settings.priorKnowledge || this.#settings.httpVersion === '2' ? 'h2' : 'h1')
      return
    }
    this.#step = 'the TLS handshake'
    try {
      this.#socket = startHandshake({
        socket,
        host: this.#hostname(),
        target: this.#origin.origin,
        tls: this.#settings.tls,
        alpn: alpnOf(this.#settings.httpVersion),
        sessions: this.#sessions,
        clock: this.#clock,
        onSecured: (secure, secured) => this.#secured(secure, secured),
        onFailed: (error) => this.#fail(error),
      })
    } catch (wrong) {
      // Options that Node finds fault with.
      this.#fail(wrong instanceof Error ? wrong : new Error(String(wrong)))
    }
  }

  #secured(socket: TLSSocket, secured: SecuredConnection): void {
    const h2 = socket.alpnProtocol === 'h2'
    if (!h2 && this.#settings.httpVersion === '2') {
      this.#fail(Object.assign(new Error('the server does not speak HTTP/2'), { code: 'HALYARD_NO_H2' }))
    } else this.#succeed(socket, h2 ? 'h2' : 'h1', secured)
  }

  #succeed(socket: Socket, protocol: 'h1' | 'h2', secured?: SecuredConnection): void {
    if (this.#over) {
      socket.destroy()
      return
    }
    this.#finish()
    socket.setNoDelay(true)
    // undici asks the socket what it speaks.
    if (protocol === 'h2' && !('alpnProtocol' in socket)) Object.defineProperty(socket, 'alpnProtocol', { value: 'h2' })
    this.#callback(null, { socket, protocol, secured })
  }

  #timeOut(limitMs: number): void {
    if (this.#over) return
    const target = this.#origin.origin
    const message = `${target}: no connection within ${limitMs} ms, stopped at ${this.#step}`
    this.#end(new TimeoutError(message, { phase: 'connect', limitMs, sent: 'no', target }))
  }

  #fail(error: Error): void {
    if (!this.#over) this.#end(connectFailure(error, this.#origin.origin))
  }

  #end(error: Error): void {
    this.#finish()
    this.#socket?.destroy()
    this.#callback(error, undefined)
  }

  #finish(): void {
    this.#over = true
    this.#cancelTimer?.()
    this.#cancelRace?.()
  }
}
