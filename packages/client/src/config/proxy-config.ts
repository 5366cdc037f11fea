import type { ProxyChoice, ProxyOption } from '@halyard/transport'
import type { ConnectionOptions } from 'node:tls'
import { connectionOptions, tlsSpec, type TlsOptions } from './tls-options.ts'

/** A proxy with more to say than its URL does. */
export interface ProxyTarget extends Omit<ProxyChoice, 'tls'> {
  /** How to connect to an `https:` proxy; the client's `tls` is for origins alone. */
  readonly tls?: TlsOptions | undefined
}

/**
 * The proxy of a client: a URL, an object with more, a function that has it for each request's URL, `'env'` for what the
 * environment says when the client is made, or `false` for none.
 */
export type ProxyConfig = string | URL | ProxyTarget | ((url: URL) => string | ProxyTarget | undefined) | false

/** As the transport takes it, and checks it; `tls` is checked here. @throws ConfigError */
export function proxyOption(value: unknown, option: string): ProxyOption {
  const known = new WeakMap<object, ConnectionOptions>()
  const ready = (given: unknown): unknown => {
    if (typeof given !== 'object' || given === null || !Object.hasOwn(given, 'tls')) return given
    const { tls, ...rest } = Object.assign(Object.create(null), given)
    return tls === undefined ? rest : { ...rest, tls: identity(known, tls, `${option}.tls`) }
  }
  const made: unknown = typeof value === 'function' ? (url: URL): unknown => ready(value(url)) : ready(value)
  return untyped(made)
}

/** The same options are the same identity, and share connections. */
function identity(known: WeakMap<object, ConnectionOptions>, tls: unknown, option: string): ConnectionOptions {
  const key = typeof tls === 'object' && tls !== null ? tls : {}
  const made = known.get(key) ?? connectionOptions(tlsSpec(tls, option), option)
  known.set(key, made)
  return made
}

/** Typed as what the transport will find it to be, or refuse. */
function untyped<T>(value: unknown): T {
  return value as T
}
