import { isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { TimeoutError, type Clock } from '@halyard/core'
import { connectFailure } from '../exchange/failure-table.ts'
import type { ConnectionSettings } from './connection-settings.ts'
import type { Via } from './proxy/via.ts'
import { reach } from './reach.ts'

export interface Connected {
  readonly socket: Socket
  readonly protocol: 'h1' | 'h2'
  /** What requests are changed by on their way; `undefined` where no proxy is configured. */
  readonly via?: Via | undefined
}

type Callback = (error: Error | null, connected: Connected | undefined) => void

/** Makes the connections of one origin: guard, name, address race, proxy, TLS, protocol, all within one time limit. */
export class Connector {
  readonly #origin: URL
  readonly #settings: ConnectionSettings
  readonly #clock: Clock
  /** The newest TLS session, so that the next handshake is short. */
  #session: Buffer | undefined

  constructor(origin: string, settings: ConnectionSettings, clock: Clock) {
    this.#origin = new URL(origin)
    this.#settings = settings
    this.#clock = clock
  }

  /** Starts one attempt; the returned function gives it up without a word. The callback is called once, later. */
  connect(callback: Callback): () => void {
    const attempt = new Attempt(this.#origin, this.#settings, this.#clock, this.#session, callback, (session) => {
      this.#session = session
    })
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
  readonly #session: Buffer | undefined
  readonly #callback: Callback
  readonly #onSession: (session: Buffer) => void
  #over = false
  #socket: Socket | undefined
  #cancelReach: (() => void) | undefined
  #via: Via | undefined
  #cancelTimer: (() => void) | undefined
  #step = 'name resolution'

  constructor(
    origin: URL,
    settings: ConnectionSettings,
    clock: Clock,
    session: Buffer | undefined,
    callback: Callback,
    onSession: (session: Buffer) => void,
  ) {
    this.#origin = origin
    this.#settings = settings
    this.#clock = clock
    this.#session = session
    this.#callback = callback
    this.#onSession = onSession
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
    let secure: TLSSocket
    try {
      secure = connectTls(this.#tlsOptions(socket))
    } catch (wrong) {
      // Options that Node finds fault with.
      this.#fail(wrong instanceof Error ? wrong : new Error(String(wrong)))
      return
    }
    this.#socket = secure
    secure.on('session', this.#onSession)
    secure.on('error', (error) => this.#fail(error))
    secure.once('secureConnect', () => this.#secured(secure))
    // A peer that goes away in the handshake may do so without an error.
    secure.once('close', () =>
      this.#fail(Object.assign(new Error('closed in the TLS handshake'), { code: 'ECONNRESET' })),
    )
  }

  #tlsOptions(socket: Socket): ConnectionOptions {
    const { tls, httpVersion } = this.#settings
    const hostname = this.#hostname()
    const servername = tls?.servername ?? (isIP(hostname) === 0 ? hostname : '')
    return Object.assign(Object.create(null), {
      // Own and undefined: what a polluted Object.prototype might name.
      ca: undefined,
      cert: undefined,
      key: undefined,
      pfx: undefined,
      passphrase: undefined,
      ciphers: undefined,
      checkServerIdentity,
      pskCallback: undefined,
      secureContext: undefined,
      maxVersion: undefined,
      signal: undefined,
      timeout: undefined,
      lookup: undefined,
      path: undefined,
      crl: undefined,
      ecdhCurve: undefined,
      sigalgs: undefined,
      dhparam: undefined,
      secureProtocol: undefined,
      secureOptions: undefined,
      sessionIdContext: undefined,
      requestOCSP: undefined,
      enableTrace: undefined,
      minDHSize: 1024,
      highWaterMark: undefined,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...tls,
      host: hostname,
      servername,
      socket,
      session: this.#session,
      ALPNProtocols: httpVersion === '1.1' ? ['http/1.1'] : httpVersion === '2' ? ['h2'] : ['h2', 'http/1.1'],
    })
  }

  #secured(socket: TLSSocket): void {
    const h2 = socket.alpnProtocol === 'h2'
    if (!h2 && this.#settings.httpVersion === '2') {
      this.#fail(Object.assign(new Error('the server does not speak HTTP/2'), { code: 'HALYARD_NO_H2' }))
    } else this.#succeed(socket, h2 ? 'h2' : 'h1')
  }

  #succeed(socket: Socket, protocol: 'h1' | 'h2'): void {
    if (this.#over) {
      socket.destroy()
      return
    }
    this.#finish()
    socket.setNoDelay(true)
    // undici asks the socket what it speaks.
    if (protocol === 'h2' && !('alpnProtocol' in socket)) Object.defineProperty(socket, 'alpnProtocol', { value: 'h2' })
    this.#callback(null, { socket, protocol, via: this.#via })
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
