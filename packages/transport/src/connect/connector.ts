import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { TimeoutError, type Clock } from '@halyard/core'
import { connectFailure } from '../exchange/failure-table.ts'
import type { ConnectionSettings } from './connection-settings.ts'
import type { Via } from './proxy/via.ts'
import { reach } from './reach.ts'
import { alpnOf } from './tls/alpn.ts'
import { startHandshake } from './tls/handshake.ts'
import type { SecuredConnection } from './tls/secured-connection.ts'
import { SessionCache } from './tls/session-cache.ts'

export interface Connected {
  readonly socket: Socket
  readonly protocol: 'h1' | 'h2'
  /** Over TLS. */
  readonly secured: SecuredConnection | undefined
  /** What requests are changed by on their way; `undefined` where no proxy is configured. */
  readonly via?: Via | undefined
}

type Callback = (error: Error | null, connected: Connected | undefined) => void

/** Makes the connections of one origin: guard, name, address race, proxy, TLS, protocol, all within one time limit. */
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
  #cancelReach: (() => void) | undefined
  #via: Via | undefined
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
    const { connectMs } = this.#settings
    if (connectMs !== false) this.#cancelTimer = this.#clock.after(connectMs, () => this.#timeOut(connectMs))
    const onStep = (step: string): void => void (this.#step = step)
    this.#cancelReach = reach(this.#origin, this.#settings, this.#clock, onStep, (error, reached) => {
      if (reached === undefined) {
        this.#fail(error ?? new Error('no socket'))
        return
      }
      this.#via = reached.via
      this.#socket = reached.socket
      reached.socket.on('error', (late) => this.#fail(late))
      this.#connected(reached.socket)
    })
    // It may have failed before it returned.
    if (this.#over) this.#cancelReach()
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
    this.#callback(null, { socket, protocol, secured, via: this.#via })
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
    this.#cancelReach?.()
  }
}
