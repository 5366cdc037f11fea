import type { ProxyChoice, ProxyOption } from '@halyard/transport'
import type { TlsInit, TlsSource } from '@halyard/tls'
import { tlsOption } from './tls-options.ts'

/** A proxy with more to say than its URL does. */
export interface ProxyTarget extends Omit<ProxyChoice, 'tls'> {
  /** How to connect to an `https:` proxy; the client's `tls` is for origins alone. */
  readonly tls?: TlsInit | undefined
}

/**
 * The proxy of a client: a URL, an object with more, a function that has it for each request's URL, `'env'` for what the
 * environment says when the client is made, or `false` for none.
 */
export type ProxyConfig = string | URL | ProxyTarget | ((url: URL) => string | ProxyTarget | undefined) | false

/** As the transport takes it, and checks it; `tls` is checked here. @throws ConfigError */
export function proxyOption(value: unknown, option: string): ProxyOption {
  const known = new WeakMap<object, TlsSource>()
  const ready = (given: unknown): unknown => {
    if (typeof given !== 'object' || given === null || !Object.hasOwn(given, 'tls')) return given
    const { tls, ...rest } = Object.assign(Object.create(null), given)
    return tls === undefined ? rest : { ...rest, tls: identity(known, tls, `${option}.tls`) }
  }
  const made: unknown = typeof value === 'function' ? (url: URL): unknown => ready(value(url)) : ready(value)
  return untyped(made)
}

/** The same options are the same identity, and share connections. */
function identity(known: WeakMap<object, TlsSource>, tls: unknown, option: string): TlsSource {
  const key = typeof tls === 'function' || (typeof tls === 'object' && tls !== null) ? tls : {}
  const made = known.get(key) ?? tlsOption(tls, option)
  known.set(key, made)
  return made
}

/** Typed as what the transport will find it to be, or refuse. */
function untyped<T>(value: unknown): T {
  return value as T
}
