import { isIP, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { TimeoutError, TransportError, type CancelTimer, type Clock } from '@halyard/core'
import { peerChain, type PeerChain } from './peer-chain.ts'
import { SecuredConnection } from './secured-connection.ts'
import { checkHost } from './server-identity.ts'
import type { KeptSession, SessionCache } from './session-cache.ts'
import { tlsFailure } from './tls-failure.ts'
import { isTlsSource, type TlsSetting, type TlsSource } from './tls-source.ts'

export interface HandshakeInit {
  /** What TLS runs over: a socket to the origin, or a tunnel. */
  readonly socket: Socket
  /** The name or address of the origin, without brackets. */
  readonly host: string
  /** For messages. */
  readonly target: string
  readonly tls: TlsSetting | undefined
  readonly alpn: readonly string[]
  readonly sessions: SessionCache
  readonly clock: Clock
  onSecured(socket: TLSSocket, secured: SecuredConnection): void
  /** Told once or more. The socket is the caller's to destroy. */
  onFailed(error: Error): void
}

/**
 * Secures a socket: handshake, the server's name, and what a source has to say of it. The caller holds the time limit
 * of connecting; the one of a source is kept here.
 * @throws what Node finds wrong with the options
 */
export function startHandshake(init: HandshakeInit): TLSSocket {
  return new Handshake(init).socket
}

class Handshake {
  readonly socket: TLSSocket
  readonly #init: HandshakeInit
  readonly #options: ConnectionOptions | undefined
  readonly #host: string
  readonly #keepsSessions: boolean
  readonly #kept: KeptSession | undefined
  readonly #hasClientCertificate: boolean
  #chain: PeerChain | undefined
  #session: Buffer | undefined
  #verified = false
  #cancelTimer: CancelTimer | undefined

  constructor(init: HandshakeInit) {
    const { tls, host } = init
    const source = isTlsSource(tls) ? tls : undefined
    this.#init = init
    this.#options = isTlsSource(tls) ? tls.current() : tls
    const servername = this.#options?.servername ?? (isIP(host) === 0 ? host : '')
    this.#host = servername === '' ? host : servername
    this.#keepsSessions = source?.sessionReuse !== false
    this.#kept = this.#keepsSessions ? init.sessions.get(this.#options) : undefined
    const socket = connect(this.#connectOptions(servername))
    this.socket = socket
    this.#hasClientCertificate = socket.getX509Certificate() !== undefined
    // Before Node's own listener, which destroys a socket that does not verify, and its certificate with it.
    socket.prependOnceListener('secure', () => {
      this.#chain = peerChain(socket) ?? this.#kept?.chain
    })
    socket.on('session', (session) => this.#onSession(session))
    socket.on('error', (error) => {
      this.#fail(error)
      // Under an HTTP/2 session Node closes neither of the two when TLS itself fails.
      if (this.#verified) {
        socket.destroy()
        init.socket.destroy()
      }
    })
    socket.once('secureConnect', () => this.#onHandshake(source))
    // A peer that goes away in the handshake may do so without an error.
    socket.once('close', () => {
      this.#cancelTimer?.()
      this.#fail(Object.assign(new Error('closed in the TLS handshake'), { code: 'ECONNRESET' }))
    })
    const limitMs = source?.handshakeTimeoutMs
    if (limitMs !== undefined) this.#cancelTimer = init.clock.after(limitMs, () => this.#timeOut(limitMs))
  }

  #onHandshake(source: TlsSource | undefined): void {
    let verdict: void | Promise<void>
    try {
      verdict = source?.verify?.(this.socket, this.#host, this.#chain?.certificates ?? [])
    } catch (refusal) {
      this.#refuse(refusal)
      return
    }
    if (verdict === undefined) this.#succeed()
    else {
      verdict.then(
        () => this.#succeed(),
        (refusal: unknown) => this.#refuse(refusal),
      )
    }
  }

  #succeed(): void {
    // It was given up, or closed, while it was judged.
    if (this.socket.destroyed) return
    this.#cancelTimer?.()
    this.#verified = true
    if (this.#session !== undefined) this.#onSession(this.#session)
    const options = this.#options
    this.#init.onSecured(
      this.socket,
      new SecuredConnection(this.socket, {
        chain: this.#chain,
        setting: this.#init.tls,
        options,
        hasClientCertificate: this.#hasClientCertificate,
      }),
    )
  }

  /** A session is kept only of a connection that was found good. */
  #onSession(session: Buffer): void {
    if (!this.#keepsSessions) return
    if (this.#verified) this.#init.sessions.put(this.#options, { session, chain: this.#chain })
    else this.#session = session
  }

  #refuse(refusal: unknown): void {
    const { target } = this.#init
    const { reason, message } = describeRefusal(refusal)
    this.#end(
      new TransportError(`${target}: the connection was refused on this side: ${message}`, {
        code: 'tls',
        reason,
        sent: 'no',
        target,
        cause: refusal,
        certificate: this.#chain?.facts,
      }),
    )
  }

  #fail(error: Error): void {
    const { target, socket } = this.#init
    const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
    const failure = tlsFailure(code, error.message, {
      receivedBytes: socket.bytesRead,
      hasClientCertificate: this.#hasClientCertificate,
      namesIssuer: this.#chain?.certificates[0]?.infoAccess?.includes('CA Issuers') ?? false,
    })
    if (failure === undefined) {
      this.#end(error)
      return
    }
    // OpenSSL's messages begin with a thread's number and end with a line.
    const detail = error.message.replace(/^[0-9A-F]+:error:/, '').trim()
    this.#end(
      new TransportError(`${target}: ${failure.words} (${detail})`, {
        code: 'tls',
        reason: failure.reason,
        sent: 'no',
        target,
        cause: error,
        certificate: this.#chain?.facts,
      }),
    )
  }

  #timeOut(limitMs: number): void {
    const { target } = this.#init
    const message = `${target}: the TLS handshake was not done within ${limitMs} ms`
    this.#end(new TimeoutError(message, { phase: 'connect', limitMs, sent: 'no', target }))
  }

  #end(error: Error): void {
    this.#cancelTimer?.()
    this.#init.onFailed(error)
  }

  /** All names that Node reads, as own ones: a polluted `Object.prototype` names none. */
  #connectOptions(servername: string): ConnectionOptions {
    const { host, socket, alpn } = this.#init
    return Object.assign(Object.create(null), {
      ca: undefined,
      cert: undefined,
      key: undefined,
      pfx: undefined,
      passphrase: undefined,
      ciphers: undefined,
      checkServerIdentity: checkHost,
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
      // Said, so that no environment variable says otherwise.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...this.#options,
      host,
      servername,
      socket,
      session: this.#kept?.session,
      ALPNProtocols: alpn,
    })
  }
}

function describeRefusal(refusal: unknown): { reason: string; message: string } {
  const message = refusal instanceof Error ? refusal.message : 'no reason given'
  const told: unknown = refusal instanceof Error && 'reason' in refusal ? refusal.reason : undefined
  return { reason: typeof told === 'string' ? told : 'handshake', message }
}
