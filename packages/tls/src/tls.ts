import type { X509Certificate } from 'node:crypto'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { ConfigError, systemClock, type Clock, type HostRuntime } from '@halyard/core'
import { certificateFacts } from './certificate-facts.ts'
import { expiresSoon, ToldOnce } from './expiry.ts'
import { tlsState, type TlsState } from './material/tls-state.ts'
import { tlsSpec, type TlsOptions } from './options/tls-options.ts'
import { leadsToPin, pinOf } from './pins/pin-check.ts'
import { watchFiles } from './reload/file-watch.ts'
import { sameOptions } from './reload/same-options.ts'
import { pathsOf, WatchedTls } from './reload/watched.ts'
import type { TlsEvent } from './tls-event.ts'
import { TlsRefusal } from './tls-refusal.ts'
import { warnOfEnvironment, warnOfInsecure } from './warnings.ts'

/** Options, a function that has them, asked again and again, or files that are watched. */
export type TlsInit = TlsOptions | (() => TlsOptions) | WatchedTls

/** What `@halyard/transport` takes as its `tls`. */
export interface TlsSource {
  /** For the next connection; the same object until the material changes. */
  current(): ConnectionOptions
  /** Pins. What it throws has a `reason`. */
  verify(socket: TLSSocket, host: string, chain: readonly X509Certificate[]): void
  /** A client begins to use it. */
  open(runtime: HostRuntime): void
  readonly sessionReuse: boolean
  readonly handshakeTimeoutMs: number
}

/**
 * Makes TLS for a transport: trust, identity, versions, pins. Files are read now.
 *
 * @example
 * ```ts
 * const api = createPipeline({ transport: transport({ tls: tls({ ca: 'root.pem', cert: 'me.pem', key: 'me.key' }) }) })
 * ```
 * @param clock Tells which certificates have expired.
 * @param option What errors call the options.
 * @throws ConfigError naming option and reason, for wrong options and for material that cannot be read, is broken,
 * expired or does not belong together. Never with any of the material.
 */
export function tls(init: TlsInit, clock: Clock = systemClock, option = 'tls'): TlsSource {
  warnOfEnvironment()
  return new ChangingTls(init, clock, option)
}

/** How often expiry is looked at. */
const everyDayMs = 86_400_000

class ChangingTls implements TlsSource {
  readonly #ask: (() => TlsOptions) | undefined
  readonly #watched: WatchedTls | undefined
  readonly #clock: Clock
  readonly #option: string
  readonly #hosts = new Set<HostRuntime>()
  readonly #told = new ToldOnce()
  #options: unknown
  #state: TlsState
  #failed: string | undefined

  constructor(init: TlsInit, clock: Clock, option: string) {
    this.#clock = clock
    this.#option = option
    this.#ask = typeof init === 'function' ? init : undefined
    this.#watched = init instanceof WatchedTls ? init : undefined
    this.#options = typeof init === 'function' ? init() : init instanceof WatchedTls ? init.options : init
    this.#state = this.#read(this.#options)
  }

  get sessionReuse(): boolean {
    return this.#state.sessionReuse
  }

  get handshakeTimeoutMs(): number {
    return this.#state.handshakeTimeoutMs
  }

  current(): ConnectionOptions {
    if (this.#ask !== undefined) this.#askAgain(this.#ask)
    return this.#state.connection
  }

  verify(_socket: TLSSocket, host: string, chain: readonly X509Certificate[]): void {
    this.#checkPins(chain, host)
    const [peer] = chain
    if (peer !== undefined) this.#checkExpiry(peer, 'server')
  }

  open(runtime: HostRuntime): void {
    if (this.#hosts.has(runtime)) return
    this.#hosts.add(runtime)
    runtime.onClose(() => void this.#hosts.delete(runtime))
    if (this.#watched !== undefined) {
      const { options, everyMs } = this.#watched
      // What is broken may be half of a change: it is tried again.
      watchFiles(pathsOf(options), everyMs, runtime, (changed) => {
        if (changed || this.#failed !== undefined) this.#reload(options)
      })
    }
    if (this.#state.certificate !== undefined || this.#ask !== undefined) this.#watchExpiry(runtime)
  }

  #askAgain(ask: () => TlsOptions): void {
    let options: TlsOptions
    try {
      options = ask()
    } catch (cause) {
      this.#reloadFailed(cause)
      return
    }
    if (options === this.#options) return
    if (sameOptions(options, this.#options)) this.#options = options
    else this.#reload(options)
  }

  #reload(options: TlsOptions): void {
    this.#options = options
    try {
      this.#state = this.#read(options)
    } catch (cause) {
      this.#reloadFailed(cause)
      return
    }
    this.#failed = undefined
    const { certificate } = this.#state
    this.#tell(() => ({
      kind: 'reloaded',
      certificate: certificate === undefined ? undefined : certificateFacts(certificate),
    }))
    if (certificate !== undefined) this.#checkExpiry(certificate, 'client')
  }

  /** Told once, until something else is wrong. */
  #reloadFailed(cause: unknown): void {
    const error =
      cause instanceof ConfigError
        ? cause
        : new ConfigError({ option: this.#option, value: 'a function that failed', expected: 'TLS options' })
    if (error.message === this.#failed) return
    this.#failed = error.message
    this.#tell(() => ({ kind: 'reload-failed', error }))
  }

  #read(options: unknown): TlsState {
    const own = tlsSpec(options, this.#option)
    const state = tlsState(own, this.#clock, this.#option)
    if (own.insecure === true) warnOfInsecure()
    return state
  }

  /** @throws TlsRefusal */
  #checkPins(chain: readonly X509Certificate[], host: string): void {
    const { pins } = this.#state
    if (pins === undefined) return
    const [peer] = chain
    if (peer === undefined) throw new TlsRefusal('pin', 'the server has no certificate')
    if (leadsToPin(chain, pins.digests)) return
    const refused = !pins.reportOnly
    const certificate = certificateFacts(peer)
    this.#tell(() => ({ kind: 'pin-mismatch', host, certificate, refused }))
    try {
      pins.onReport?.({ host, certificate, seen: pinOf(peer) })
    } catch (error) {
      // A listener's fault is thrown on its own, as those of events are.
      queueMicrotask(() => {
        throw error
      })
    }
    if (refused) throw new TlsRefusal('pin', 'neither its key nor one above it is pinned')
  }

  #watchExpiry(runtime: HostRuntime): void {
    const look = (): void => {
      const { certificate } = this.#state
      if (certificate !== undefined) this.#checkExpiry(certificate, 'client')
      cancel = runtime.after(everyDayMs, look)
    }
    // Later: nobody listens yet.
    let cancel = runtime.after(1, look)
    runtime.onClose(() => cancel())
  }

  #checkExpiry(certificate: X509Certificate, whose: 'client' | 'server'): void {
    const now = this.#clock.date()
    if (!this.#listening() || !expiresSoon(certificate, now) || !this.#told.first(certificate)) return
    const facts = certificateFacts(certificate)
    this.#tell(() => ({ kind: 'expiring', whose, certificate: facts, expiresInMs: facts.validTo.getTime() - now }))
  }

  #listening(): boolean {
    for (const { events } of this.#hosts) if (events.listening('tls')) return true
    return false
  }

  #tell(make: () => TlsEvent): void {
    if (!this.#listening()) return
    const event = make()
    for (const { events } of this.#hosts) events.emit('tls', event)
  }
}
