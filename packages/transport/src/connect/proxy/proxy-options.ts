import { env } from 'node:process'
import type { TlsSetting } from '../tls/tls-source.ts'
import { ConfigError, TransportError } from '@halyard/core'
import { guarded, optionObject, type Given, type OptionSpec } from '@halyard/core/options'
import { environmentProxies } from './environment.ts'
import { ProxyServer, type ProxyLogin } from './proxy-server.ts'

/** A proxy with more to say than its URL does. */
export interface ProxyChoice {
  /** `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`; credentials may stand in it, percent-encoded. */
  readonly url: string | URL
  /** Node's TLS options for an `https:` proxy; those for origins are not used for it. */
  readonly tls?: TlsSetting | undefined
  /** For the proxy alone: in `CONNECT`, and in requests that it sends on, as long as it takes them out. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Instead of credentials in `url`. */
  readonly auth?: ProxyLogin | undefined
}

/**
 * The proxy for a URL, asked for each request. `undefined` is none. A proxy whose `url`, `tls`, `headers` and `auth` are
 * the same is the same proxy, `tls` as an object.
 */
export type ProxyOf = (url: URL) => string | ProxyChoice | undefined

/** `'env'`: what the environment says when the client is made. `false`: none. */
export type ProxyOption = string | URL | ProxyChoice | ProxyOf | false

/** Finds the proxy of a request's URL; `undefined` is none. */
type ProxyFinder = (url: URL) => ProxyServer | undefined

export interface ResolvedProxy {
  readonly find: ProxyFinder
  /** Whether the answer is the same for all URLs of an origin. */
  readonly byOrigin: boolean
}

const isUrl = (value: unknown): value is string | URL => typeof value === 'string' || value instanceof URL
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isTls = (value: unknown): value is TlsSetting => isObject(value) && !Array.isArray(value)
const isHeaders = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((field) => typeof field === 'string')
const isProxyOf = (value: unknown): value is ProxyOf => typeof value === 'function'

/** A string that is not shown where it is none, either. */
const secret: OptionSpec<string> = (value, option) => {
  if (typeof value === 'string') return value
  throw new ConfigError({ option, value: typeof value, expected: 'a string' })
}

const choice: OptionSpec<Given<ProxyChoice>> = optionObject({
  url: (value, option) => {
    if (isUrl(value)) return value
    throw new ConfigError({ option, value, expected: 'a URL' })
  },
  tls: guarded(isTls, 'an object of TLS options'),
  headers: guarded(isHeaders, 'an object of header fields'),
  auth: (value, option) => {
    const { username, password = '' } = optionObject({ username: secret, password: secret })(value, option)
    if (username === undefined) throw new ConfigError({ option, value, expected: 'a username' })
    return { username, password }
  },
})

/** Checks `proxy`. @throws ConfigError; the value is never in it. */
export function resolveProxy(value: unknown, option = 'proxy'): ResolvedProxy | undefined {
  if (value === undefined || value === false) return undefined
  if (value === 'env') return { find: environmentProxies(env), byOrigin: true }
  if (!isProxyOf(value)) {
    const proxy = proxyServer(value, option)
    return { find: () => proxy, byOrigin: true }
  }
  const known = new KnownProxies()
  return {
    byOrigin: false,
    find: (url) => {
      const chosen = ask(value, url)
      return chosen === undefined ? undefined : known.get(chosen, option)
    },
  }
}

function ask(proxyOf: ProxyOf, url: URL): unknown {
  try {
    return proxyOf(url)
  } catch (cause) {
    const target = url.origin
    const message = `${target}: the function that chooses the proxy threw`
    throw new TransportError(message, { code: 'proxy', reason: 'choice', sent: 'no', target, cause })
  }
}

function proxyServer(value: unknown, option: string): ProxyServer {
  if (isUrl(value)) return new ProxyServer({ url: value }, option)
  if (!isObject(value) || value instanceof Promise) {
    const expected = "a proxy's URL, 'env', an object with url, a function, or false"
    throw new ConfigError({ option, value, expected })
  }
  const { url, ...rest } = choice(value, option)
  if (url === undefined) throw new ConfigError({ option: `${option}.url`, value: undefined, expected: 'a URL' })
  return new ProxyServer({ url, ...rest }, option)
}

/** The proxies that a function has named: the same words are the same proxy, and share connections. */
class KnownProxies {
  readonly #proxies = new Map<string, ProxyServer>()
  readonly #tls = new WeakMap<object, number>()
  #lastTls = 0

  get(value: unknown, option: string): ProxyServer {
    const key = this.#keyOf(value)
    const known = this.#proxies.get(key)
    if (known !== undefined) return known
    const made = proxyServer(value, option)
    this.#proxies.set(key, made)
    return made
  }

  #keyOf(value: unknown): string {
    if (typeof value === 'string') return value
    if (!isObject(value)) return ''
    const { url, tls, headers, auth } = Object.assign(Object.create(null), value)
    return JSON.stringify([String(url), this.#idOf(tls), headers, auth])
  }

  #idOf(tls: unknown): number {
    if (!isObject(tls)) return 0
    const known = this.#tls.get(tls) ?? (this.#lastTls += 1)
    this.#tls.set(tls, known)
    return known
  }
}
