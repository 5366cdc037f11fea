import type { Socket } from 'node:net'
import type { Clock } from '@halyard/core'
import type { ConnectionSettings } from '../connection-settings.ts'
import { dial } from '../dial.ts'
import { portOf } from '../guard/host-rule.ts'
import type { OnReached } from '../reached.ts'
import { resolveAddresses } from '../resolve-addresses.ts'
import { startHandshake } from '../tls/handshake.ts'
import { perform, type Handshake } from './handshake.ts'
import { HttpConnect } from './http-connect.ts'
import { proxyFailure, ProxyRefusal } from './proxy-errors.ts'
import type { ProxyServer } from './proxy-server.ts'
import { Socks4 } from './socks4.ts'
import { Socks5 } from './socks5.ts'
import { directly, forwarding } from './via.ts'

/**
 * Reaches an origin by a proxy: a tunnel, or for HTTP/1.1 in clear text the HTTP proxy itself, which sends requests on.
 * @throws RejectedError where the guard does not let the target through.
 */
export function throughProxy(
  proxy: ProxyServer,
  origin: URL,
  settings: ConnectionSettings,
  clock: Clock,
  onStep: (step: string) => void,
  callback: OnReached,
): () => void {
  const { guard, lookup } = settings
  if (proxy.scheme === 'socks4') guard?.checkTarget(origin)
  else guard?.checkUnresolved(origin)
  const route = new Route(proxy, origin, settings, clock, onStep, callback)
  if (proxy.scheme !== 'socks4') {
    route.start(hostname(origin))
    return () => route.cancel()
  }
  onStep('name resolution')
  resolveAddresses(hostname(origin), lookup, (error, addresses) => {
    if (error !== null) {
      route.fail(error)
      return
    }
    try {
      const admitted = guard === undefined ? addresses : guard.screen(origin, addresses)
      const address = admitted.find(({ family }) => family === 4)?.address
      if (address === undefined) route.fail(new ProxyRefusal('dns', 'takes IPv4 alone, and the host has none (SOCKS4)'))
      else route.start(address)
    } catch (refusal) {
      route.fail(refusal)
    }
  })
  return () => route.cancel()
}

/** One way through a proxy. Owns its socket until it hands it over. */
class Route {
  readonly #proxy: ProxyServer
  readonly #origin: URL
  readonly #settings: ConnectionSettings
  readonly #clock: Clock
  readonly #onStep: (step: string) => void
  readonly #callback: OnReached
  /** HTTP/1.1 in clear text, which an HTTP proxy sends on by itself. */
  readonly #forwards: boolean
  #over = false
  #socket: Socket | undefined
  #stop: (() => void) | undefined

  constructor(
    proxy: ProxyServer,
    origin: URL,
    settings: ConnectionSettings,
    clock: Clock,
    onStep: (step: string) => void,
    callback: OnReached,
  ) {
    this.#proxy = proxy
    this.#origin = origin
    this.#settings = settings
    this.#clock = clock
    this.#onStep = onStep
    this.#callback = callback
    this.#forwards = this.#isPlainHttp1() && proxy.scheme.startsWith('http')
  }

  /** @param target The host's name, or the address it has. */
  start(target: string): void {
    if (this.#over) return
    const { host, port, scheme } = this.#proxy
    const shares = this.#isPlainHttp1() && scheme !== 'https'
    const onStep = (step: string): void => this.#onStep(`${step} of the proxy`)
    this.#stop = dial({ host, port, lookup: this.#settings.lookup, shares }, this.#clock, onStep, (error, socket) => {
      if (socket === undefined) this.fail(error ?? new Error('no socket'))
      else if (scheme === 'https') this.#secure(socket, target)
      else this.#speak(socket, target)
    })
  }

  fail(error: unknown): void {
    if (this.#over) return
    this.cancel()
    this.#callback(proxyFailure(error, this.#proxy, this.#origin.origin), undefined)
  }

  /** Once the socket is handed over this does nothing. */
  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#stop?.()
    // Nobody is interested in how it ends.
    this.#socket?.on('error', () => undefined)
    this.#socket?.destroy()
  }

  #isPlainHttp1(): boolean {
    const { priorKnowledge, httpVersion } = this.#settings
    return this.#origin.protocol !== 'https:' && !priorKnowledge && httpVersion !== '2'
  }

  #secure(raw: Socket, target: string): void {
    this.#onStep('the TLS handshake with the proxy')
    this.#socket = raw
    raw.on('error', (error) => this.fail(error))
    const { host, tls, label, sessions } = this.#proxy
    try {
      this.#socket = startHandshake({
        socket: raw,
        host,
        target: label,
        tls,
        alpn: ['http/1.1'],
        sessions,
        clock: this.#clock,
        onSecured: (secure) => this.#speak(secure, target),
        onFailed: (error) => this.fail(error),
      })
    } catch (wrong) {
      this.fail(wrong)
    }
  }

  #speak(socket: Socket, target: string): void {
    if (this.#over) {
      socket.destroy()
      return
    }
    this.#socket = socket
    if (this.#forwards) {
      this.#handOver(socket)
      return
    }
    this.#onStep("the proxy's answer")
    let handshake: Handshake
    try {
      handshake = this.#handshake(target)
    } catch (refusal) {
      this.fail(refusal)
      return
    }
    // TLS is begun by the client; in clear text an HTTP/2 server may speak first.
    const mayFollow = this.#origin.protocol !== 'https:' && !this.#isPlainHttp1()
    this.#stop = perform(socket, handshake, mayFollow, this.#clock, (error) => {
      if (error === null) this.#handOver(socket)
      else this.fail(error)
    })
  }

  #handshake(target: string): Handshake {
    const { scheme, login } = this.#proxy
    const port = portOf(this.#origin)
    if (scheme === 'socks5') return new Socks5(login, target, port)
    if (scheme === 'socks4' || scheme === 'socks4a') return new Socks4(login?.username ?? '', target, port)
    return new HttpConnect(this.#proxy, `${this.#origin.hostname}:${port}`)
  }

  #handOver(socket: Socket): void {
    this.#over = true
    this.#callback(null, { socket, via: this.#forwards ? forwarding(this.#proxy) : directly })
  }
}

function hostname(origin: URL): string {
  return origin.hostname.replace(/^\[|\]$/g, '')
}
