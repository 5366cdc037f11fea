import { ConfigError } from '../errors/config-error.ts'
import { shownUrl } from './shown-url.ts'

/** Where a request goes: an origin, and what stands on the request line. */
export interface Target {
  readonly origin: string
  readonly path: string
}

/** Characters that may stand in a path or query as they are; anything else takes the URL parser's way. */
const plain = /^\/[\w\-.~!$&'()*+,;=:@%/]*(?:\?[\w\-.~!$&'()*+,;=:@%/?[\]]*)?$/
/** A segment of dots, or a slash that some parsers double: `//`, `/./`, `/%2e%2e`. */
const suspicious = /\/(?:\/|(?:\.|%2e){1,2}(?:[/?#]|$))/i
/** With `//`, for a first segment may hold a colon (`users:search`), and `https:evil` must not name a host. */
const absolute = /^[a-z][a-z0-9+.-]*:\/\//i

/**
 * A base URL that paths are joined to by concatenation with exactly one `/` between; its own path and query survive.
 */
export class BaseUrl {
  readonly origin: string
  /** Without a trailing slash. */
  readonly #path: string
  /** Without the `?`. */
  readonly #query: string

  constructor(url: URL) {
    this.origin = url.origin
    this.#path = url.pathname.replace(/\/+$/, '')
    this.#query = url.search.slice(1)
  }

  /**
   * Resolves a path or an absolute URL, and adds `query` (encoded, without `?`).
   * Fragments and user information never get further than here.
   * @throws ConfigError for a URL that is none, is not http(s), or would leave the base's path by dots.
   */
  resolve(path: string, query: string): Target {
    if (typeof path !== 'string') throw new ConfigError({ option: 'path', value: path, expected: 'a string or URL' })
    const own = path === '' || path[0] === '/' || path[0] === '?' || path[0] === '#' ? path : `/${path}`
    const joined = this.#path + (own === '' && this.#path === '' ? '/' : own)
    if (plain.test(joined) && !suspicious.test(joined)) {
      return { origin: this.origin, path: addQuery(addQuery(joined, this.#query), query) }
    }
    if (absolute.test(path)) return resolveAbsolute(path, query)
    return this.#normalize(path, joined, query)
  }

  /** The slow way, for paths with characters to encode, fragments, or dots. */
  #normalize(path: string, joined: string, query: string): Target {
    // `//host` and `/\host` would name another host to a URL parser; here they are slashes of a path.
    const rooted = this.#path === '' ? joined.replace(/^[/\\\t\n\r]*/, '/') : joined
    const url = parse(this.origin + rooted, path)
    if (url.origin !== this.origin || !`${url.pathname}/`.startsWith(`${this.#path}/`)) {
      throw new ConfigError({
        option: 'path',
        value: shownUrl(path),
        expected: `a path that stays below ${this.origin}${this.#path}`,
      })
    }
    return { origin: this.origin, path: addQuery(addQuery(url.pathname + url.search, this.#query), query) }
  }
}

/** A target from a `URL`, or the text of one. */
export function resolveAbsolute(url: string | URL, query = ''): Target {
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new ConfigError({ option: 'url', value: url, expected: 'a string or URL' })
  }
  const parsed = typeof url === 'string' ? parse(url, url) : url
  checkScheme(parsed, 'url')
  return { origin: parsed.origin, path: addQuery(parsed.pathname + parsed.search, query) }
}

/** @throws ConfigError unless the scheme is http or https. */
export function checkScheme(url: URL, option: string): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ConfigError({ option, value: url.protocol, expected: 'http: or https:' })
  }
}

function parse(text: string, shown: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new ConfigError({ option: 'url', value: shownUrl(shown), expected: 'a valid URL or path' })
  }
}

function addQuery(path: string, query: string): string {
  if (query === '') return path
  if (!path.includes('?')) return `${path}?${query}`
  return path.endsWith('?') || path.endsWith('&') ? path + query : `${path}&${query}`
}
