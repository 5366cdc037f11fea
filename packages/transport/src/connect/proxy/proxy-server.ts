import { ConfigError, checkHeader } from '@halyard/core'
import { SessionCache } from '../tls/session-cache.ts'
import type { TlsSetting } from '../tls/tls-source.ts'

export type ProxyScheme = 'http' | 'https' | 'socks4' | 'socks4a' | 'socks5'

/** Who a client is to its proxy. */
export interface ProxyLogin {
  readonly username: string
  readonly password: string
}

export interface ProxyServerInit {
  readonly url: string | URL
  /** How to connect to an `https:` proxy. */
  readonly tls?: TlsSetting | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly auth?: ProxyLogin | undefined
}

const schemes: ReadonlyMap<string, readonly [scheme: ProxyScheme, port: number]> = new Map([
  ['http', ['http', 80]],
  ['https', ['https', 443]],
  ['socks4', ['socks4', 1080]],
  ['socks4a', ['socks4a', 1080]],
  ['socks5', ['socks5', 1080]],
  ['socks5h', ['socks5', 1080]],
])
const expected = 'an http, https, socks4, socks4a, socks5 or socks5h URL of a host, such as http://proxy.example:3128'
/** What belongs to a message itself, and not to what one says to a proxy. */
const ownFields: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
])

/** A proxy, ready to be used. Its secrets are in no property that is printed. */
export class ProxyServer {
  readonly scheme: ProxyScheme
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** The proxy as messages name it: without credentials. */
  readonly label: string
  /** Of TLS with an `https:` proxy. */
  readonly sessions: SessionCache = new SessionCache()
  readonly #tls: TlsSetting | undefined
  readonly #login: ProxyLogin | undefined
  readonly #fields: readonly string[]

  /** @throws ConfigError for a URL that is not one of a proxy's, or credentials that cannot be sent. */
  constructor(init: ProxyServerInit, option: string) {
    const text = String(init.url)
    const [, name = '', rest = ''] = /^\s*([a-z][a-z0-9]*):\/\/(.*)$/is.exec(text) ?? []
    const known = schemes.get(name.toLowerCase())
    // Parsed as a scheme whose hosts are normalised; by two, for each hides its own port.
    const url = URL.parse(`http://${rest}`)
    const other = URL.parse(`ftp://${rest}`)
    if (known === undefined || url === null || other === null || !/^\/?$/.test(url.pathname) || url.search !== '')
      throw new ConfigError({ option, value: name === '' ? '…' : `${name}://…`, expected })
    const [scheme, port] = known
    this.scheme = scheme
    this.host = url.hostname.replace(/^\[|\]$/g, '')
    this.port = Number(url.port || other.port) || port
    this.label = `${name.toLowerCase()}://${url.hostname}:${this.port}`
    this.#tls = init.tls
    this.#login = checkLogin(init.auth ?? loginOf(url, option), scheme, option)
    this.#fields = checkFields(init.headers, scheme, this.#login, option)
  }

  get tls(): TlsSetting | undefined {
    return this.#tls
  }

  get login(): ProxyLogin | undefined {
    return this.#login
  }

  /** What an HTTP proxy is told: names and values in turn, credentials among them. */
  fields(): readonly string[] {
    return this.#fields
  }

  /** A text without what a peer may have echoed. */
  withoutSecrets(text: string): string {
    const secrets = [this.#login?.password, ...this.#fields.filter((_value, index) => index % 2 === 1)]
      .flatMap((secret) => [secret ?? '', (secret ?? '').replace(/^Basic /, '')])
      .filter((secret) => secret !== '')
    return secrets.reduce((kept, secret) => withoutBeginning(kept.replaceAll(secret, '…'), secret), text)
  }
}

/** Where a text was cut in the midst of a secret, its beginning is taken off, too. */
function withoutBeginning(text: string, secret: string): string {
  for (let length = secret.length - 1; length > 0; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}…`
  return text
}

function loginOf(url: URL, option: string): ProxyLogin | undefined {
  if (url.username === '' && url.password === '') return undefined
  try {
    return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  } catch {
    throw new ConfigError({ option, value: '…', expected: 'credentials whose percent signs are encoded (%25)' })
  }
}

function checkLogin(login: ProxyLogin | undefined, scheme: ProxyScheme, option: string): ProxyLogin | undefined {
  if (login === undefined) return undefined
  const { username, password } = login
  const wrong = (what: string): ConfigError => new ConfigError({ option, value: '…', expected: what })
  // oxlint-disable-next-line no-control-regex -- what RFC 7617 §2 forbids, and what would end a SOCKS4 user id
  if (/[\u0000-\u001f\u007f]/.test(username + password)) throw wrong('credentials without control characters')
  if (scheme === 'socks4' || scheme === 'socks4a') {
    if (password !== '') throw wrong('a user name alone: SOCKS4 has no passwords')
    if (Buffer.byteLength(username) > 255) throw wrong('a user name of 255 bytes at most')
  } else if (scheme === 'socks5') {
    // RFC 1929 §2: each is 1 to 255 bytes.
    if (![username, password].every((part) => part !== '' && Buffer.byteLength(part) <= 255))
      throw wrong('a user name and a password, 1 to 255 bytes each')
  } else if (username.includes(':')) throw wrong('a user name without a colon (RFC 7617)')
  return { username, password }
}

function checkFields(
  headers: Readonly<Record<string, string>> | undefined,
  scheme: ProxyScheme,
  login: ProxyLogin | undefined,
  option: string,
): readonly string[] {
  const fields: string[] = []
  for (const [name, value] of Object.entries(headers ?? {})) {
    checkHeader(name, value)
    if (ownFields.has(name.toLowerCase()))
      throw new ConfigError({ option: `${option}.headers`, value: name, expected: 'no field of the message itself' })
    if (login !== undefined && name.toLowerCase() === 'proxy-authorization')
      throw new ConfigError({ option: `${option}.headers`, value: name, expected: 'credentials once' })
    fields.push(name, value)
  }
  if (fields.length > 0 && scheme.startsWith('socks'))
    throw new ConfigError({ option: `${option}.headers`, value: headers, expected: 'none: SOCKS has no headers' })
  if (login !== undefined && scheme.startsWith('http')) {
    const token = Buffer.from(`${login.username}:${login.password}`).toString('base64')
    fields.push('Proxy-Authorization', `Basic ${token}`)
  }
  return fields
}
