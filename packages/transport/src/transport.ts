import {
  AbortedError,
  describeTarget,
  type Call,
  type HostRuntime,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '@halyard/core'
import { callSettings } from './call-settings.ts'
import type { ProxyServer } from './connect/proxy/proxy-server.ts'
import { EntryList } from './exchange/entry-list.ts'
import type { ExchangeOwner } from './exchange/exchange-init.ts'
import { Exchange } from './exchange/exchange.ts'
import { ConnectionPool } from './pool/connection-pool.ts'
import type { OriginPool } from './pool/origin-pool.ts'
import { isTlsSource, type TlsSetting, type TlsSource } from './connect/tls/tls-source.ts'
import { resolveTransport, type ResolvedTransport, type TransportOptions } from './transport-options.ts'

/**
 * The end of the chain: HTTP/1.1 and HTTP/2 over pooled connections.
 *
 * @example
 * ```ts
 * const api = createPipeline({ transport: transport({ pool: { maxConnections: 20 } }) })
 * ```
 * @throws ConfigError for a wrong type or range, or an unknown name.
 */
export function transport(options: TransportOptions = {}): Transport {
  return new PooledTransport(resolveTransport(options))
}

class PooledTransport implements Transport, ExchangeOwner {
  readonly name = 'transport'
  readonly keepsDeadline = true
  readonly #resolved: ResolvedTransport
  readonly #inFlight = new EntryList<Exchange>()
  readonly #pools = new Map<string, OriginPool>()
  #pool: ConnectionPool | undefined
  #host: HostRuntime | undefined
  /** Sources of TLS that were told of the host. */
  readonly #opened = new Set<TlsSource>()
  closing = false
  #onIdle: (() => void) | undefined

  constructor(resolved: ResolvedTransport) {
    this.#resolved = resolved
  }

  open(runtime: HostRuntime): HttpHandler {
    const shared = this.#resolved.pool instanceof ConnectionPool
    const pool =
      this.#resolved.pool instanceof ConnectionPool
        ? this.#resolved.pool
        : new ConnectionPool(this.#resolved.pool, runtime)
    this.#pool = pool
    this.#host = runtime
    runtime.onClose(async () => {
      this.closing = true
      for (const exchange of this.#inFlight.snapshot()) exchange.closeUnread()
      await this.#idle()
      if (!shared) await pool.close()
    })
    const { watchdog } = runtime
    return (request: HttpRequest, call: Call): Promise<HttpResponse> =>
      new Promise((resolve, reject) => {
        if (this.closing) {
          const target = describeTarget(request)
          reject(new AbortedError(`${target}: the client is closed`, { sent: 'no', target }))
          return
        }
        const settings = callSettings(this.#resolved.exchange, call)
        const exchange = new Exchange(
          { request, call, settings, pool: this.#poolFor(request, pool), owner: this, resolve, reject },
          watchdog,
        )
        this.#inFlight.add(exchange)
        exchange.start()
      })
  }

  stats(): Readonly<Record<string, unknown>> {
    return { origins: this.#pool?.stats() ?? {} }
  }

  async destroy(error: unknown): Promise<void> {
    this.closing = true
    const inFlight = this.#inFlight.snapshot()
    // First those that wait: else the end of others would send them.
    for (const exchange of inFlight) if (exchange.waiting) exchange.destroy(error)
    for (const exchange of inFlight) exchange.destroy(error)
    if (this.#resolved.pool instanceof ConnectionPool) return
    await this.#pool?.destroy(error instanceof Error ? error : new Error('the client was destroyed'))
  }

  onExchangeSettled(exchange: Exchange): void {
    this.#inFlight.delete(exchange)
    if (this.#inFlight.size === 0) this.#onIdle?.()
  }

  #poolFor(request: HttpRequest, pool: ConnectionPool): OriginPool {
    const { proxies } = this.#resolved
    if (proxies?.byOrigin === false) return this.#open(request.origin, proxies.find(request.url), pool)
    const known = this.#pools.get(request.origin)
    if (known !== undefined) return known
    const made = this.#open(request.origin, proxies?.find(new URL(request.origin)), pool)
    this.#pools.set(request.origin, made)
    return made
  }

  #open(origin: string, proxy: ProxyServer | undefined, pool: ConnectionPool): OriginPool {
    const { connectionTo, exchange, initialWindowBytes, pingIntervalMs } = this.#resolved
    const settings = connectionTo(origin, proxy)
    this.#openTls(settings.tls)
    this.#openTls(proxy?.tls)
    return pool.forOrigin(origin, settings, {
      ...exchange.limits,
      initialWindowBytes,
      pingIntervalMs,
    })
  }

  #openTls(tls: TlsSetting | undefined): void {
    if (!isTlsSource(tls) || this.#host === undefined || this.#opened.has(tls)) return
    this.#opened.add(tls)
    tls.open?.(this.#host)
  }

  #idle(): Promise<void> {
    if (this.#inFlight.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onIdle = resolve
    })
  }
}
