import type { LookupFunction } from 'node:net'
import { ConfigError } from '@halyard/core'
import {
  boolean,
  durationMs,
  guarded,
  integer,
  oneOf,
  optionObject,
  orFalse,
  string,
  type Given,
  type OptionSpec,
} from '@halyard/core/options'
import type { ConnectionSettings, HttpVersionChoice } from './connect/connection-settings.ts'
import type { TlsSetting } from './connect/tls/tls-source.ts'
import { guardRules, guardSpec, type GuardOptions } from './connect/guard/guard-options.ts'
import { Guard } from './connect/guard/guard.ts'
import { resolveProxy, type ProxyOption, type ResolvedProxy } from './connect/proxy/proxy-options.ts'
import type { ProxyServer } from './connect/proxy/proxy-server.ts'
import type { ExchangeSettings } from './exchange/exchange-settings.ts'
import { ConnectionPool } from './pool/connection-pool.ts'
import { poolLimits, type PoolOptions } from './pool/pool-options.ts'

/** Time limits of the transport's phases, milliseconds; `false` is none. */
export interface TransportTimeouts {
  /** For a free connection. @defaultValue the pool's `acquireTimeoutMs` */
  readonly queueMs?: number | false | undefined
  /** Name resolution, connecting and TLS together. @defaultValue 5_000 */
  readonly connectMs?: number | false | undefined
  /** From the request written to the head of the answer. @defaultValue 15_000 */
  readonly headersMs?: number | false | undefined
  /** Between two chunks of a body, either way. @defaultValue 15_000 */
  readonly idleMs?: number | false | undefined
}

/** Limits on what a server may send. */
export interface TransportLimits {
  /** HTTP/1. @defaultValue 4_096 */
  readonly statusLineBytes?: number | undefined
  /** All header fields of an answer; as much again for trailers. @defaultValue 16_384 */
  readonly headerBytes?: number | undefined
  /** Bodies read whole; streams have no limit. @defaultValue 100 MiB */
  readonly bodyBytes?: number | undefined
  /** 1xx answers before the final one. @defaultValue 20 */
  readonly interimResponses?: number | undefined
}

export interface Http2Options {
  /** HTTP/2 over clear text, without asking (RFC 9113 §3.3). @defaultValue false */
  readonly priorKnowledge?: boolean | undefined
  /** The flow-control window of a stream. @defaultValue 262_144 */
  readonly initialWindowBytes?: number | undefined
  /** PINGs that find dead connections, milliseconds apart; 0 is none. @defaultValue 60_000 */
  readonly pingIntervalMs?: number | undefined
}

/** How connections to an origin, such as `https://a.example`, are secured. */
export type TlsOfOrigin = (origin: string) => TlsSetting | undefined

export interface TransportOptions {
  /** Limits for a pool of its own, or one made by `connectionPool` that is shared. */
  readonly pool?: PoolOptions | ConnectionPool | undefined
  readonly timeout?: TransportTimeouts | undefined
  readonly limits?: TransportLimits | undefined
  /**
   * Node's TLS options, a source of them, or a function that has either for an origin, asked once for each. Part of the
   * pool's identity: connections are never shared between two objects.
   */
  readonly tls?: TlsSetting | TlsOfOrigin | undefined
  /** @defaultValue 'auto': HTTP/2 where TLS agrees on it */
  readonly httpVersion?: HttpVersionChoice | undefined
  readonly http2?: Http2Options | undefined
  /** Connects to this unix domain socket, whatever the host. */
  readonly socketPath?: string | undefined
  /** Resolves names instead of the machine's resolver; `dns.lookup`'s signature. */
  readonly lookup?: LookupFunction | undefined
  /** Where connections must not go. @defaultValue anywhere */
  readonly guard?: GuardOptions | undefined
  /**
   * The proxy: a URL (`http`, `https`, `socks4`, `socks4a`, `socks5`, `socks5h`), an object with more, a function that
   * has it for a URL, `'env'` for what the environment says, or `false`. @defaultValue false
   */
  readonly proxy?: ProxyOption | undefined
}

export const timeoutDefaults = { connectMs: 5_000, headersMs: 15_000, idleMs: 15_000 } as const
export const limitDefaults = {
  statusLineBytes: 4_096,
  headerBytes: 16_384,
  bodyBytes: 104_857_600,
  interimResponses: 20,
} as const

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTls = (value: unknown): value is TlsSetting | TlsOfOrigin => isObject(value) || typeof value === 'function'
const isLookup = (value: unknown): value is LookupFunction => typeof value === 'function'
const duration = orFalse(durationMs)

const timeoutSpec: OptionSpec<Given<TransportTimeouts>> = optionObject({
  queueMs: duration,
  connectMs: duration,
  headersMs: duration,
  idleMs: duration,
})
const limitsSpec: OptionSpec<Given<TransportLimits>> = optionObject({
  statusLineBytes: integer({ min: 16 }),
  headerBytes: integer({ min: 64 }),
  bodyBytes: integer({ min: 0 }),
  interimResponses: integer({ min: 0 }),
})
const http2Spec = optionObject({
  priorKnowledge: boolean,
  initialWindowBytes: integer({ min: 65_535, max: 2 ** 31 - 1 }),
  pingIntervalMs: integer({ min: 0 }),
})
const spec = optionObject({
  pool: (value) => value,
  timeout: timeoutSpec,
  limits: limitsSpec,
  tls: guarded(isTls, 'TLS options, a source of them, or a function that has them for an origin'),
  httpVersion: oneOf('auto', '1.1', '2'),
  http2: http2Spec,
  socketPath: string,
  lookup: guarded(isLookup, 'a function like dns.lookup'),
  guard: guardSpec,
  proxy: resolveProxy,
})

export interface ResolvedTransport {
  readonly pool: ConnectionPool | ReturnType<typeof poolLimits>
  /** How connections to an origin are made, by the proxy that was found for it. */
  readonly connectionTo: (origin: string, proxy: ProxyServer | undefined) => ConnectionSettings
  readonly proxies: ResolvedProxy | undefined
  readonly exchange: ExchangeSettings
  readonly initialWindowBytes: number
  readonly pingIntervalMs: number
}

/** @throws ConfigError for a wrong type or range, or an unknown name. */
export function resolveTransport(options: unknown): ResolvedTransport {
  const own = spec(options, '')
  if (own.socketPath !== undefined && own.proxy !== undefined)
    throw new ConfigError({ option: 'proxy', value: '…', expected: 'nothing, for `socketPath` is given' })
  const rules = guardRules(own.guard)
  const { tls } = own
  const tlsOf: TlsOfOrigin = typeof tls === 'function' ? onceForEach(tls) : () => tls
  // One for all origins: it is part of a pool's identity.
  const guard = rules === undefined ? undefined : new Guard(rules)
  return {
    pool: own.pool instanceof ConnectionPool ? own.pool : poolLimits(own.pool),
    proxies: own.proxy,
    connectionTo: (origin, proxy) => ({
      tls: tlsOf(origin),
      httpVersion: own.httpVersion ?? 'auto',
      priorKnowledge: own.http2?.priorKnowledge ?? false,
      socketPath: own.socketPath,
      lookup: own.lookup,
      guard,
      proxy: own.proxy === undefined ? undefined : (proxy ?? false),
      connectMs: own.timeout?.connectMs ?? timeoutDefaults.connectMs,
    }),
    exchange: {
      timeouts: {
        queueMs: own.timeout?.queueMs,
        headersMs: own.timeout?.headersMs ?? timeoutDefaults.headersMs,
        idleMs: own.timeout?.idleMs ?? timeoutDefaults.idleMs,
      },
      limits: {
        statusLineBytes: own.limits?.statusLineBytes ?? limitDefaults.statusLineBytes,
        headerBytes: own.limits?.headerBytes ?? limitDefaults.headerBytes,
        bodyBytes: own.limits?.bodyBytes ?? limitDefaults.bodyBytes,
        interimResponses: own.limits?.interimResponses ?? limitDefaults.interimResponses,
      },
    },
    initialWindowBytes: own.http2?.initialWindowBytes ?? 262_144,
    pingIntervalMs: own.http2?.pingIntervalMs ?? 60_000,
  }
}

/** Objects are identities: what is made anew for an origin would share no connections with what was made before. */
function onceForEach(tlsOf: TlsOfOrigin): TlsOfOrigin {
  const known = new Map<string, TlsSetting | undefined>()
  return (origin) => {
    if (!known.has(origin)) known.set(origin, tlsOf(origin))
    return known.get(origin)
  }
}
