import {
  BaseUrl,
  ConfigError,
  HeaderFields,
  RejectedError,
  checkHeader,
  encodeQuery,
  expandTemplate,
  httpRequest,
  mergeHeaders,
  resolveAbsolute,
  type HeaderList,
  type HttpRequest,
  type RequestBody,
  type QueryStyle,
  type Target,
} from '@halyard/core'
import { unknownOption } from '@halyard/core/options'
import { callOptionNames, type CallOptions } from './call-options.ts'

/** What a client says of its requests, made ready once. */
export interface RequestDefaults {
  readonly base: BaseUrl | undefined
  /** The client's headers and `user-agent`, without `accept`. */
  readonly headers: HeaderList
  /** The same for other origins than the base's: no secrets. */
  readonly foreignHeaders: HeaderList
  /** The client's own `accept-encoding`; in `headers`, too. */
  readonly acceptEncoding: string | undefined
  /** Encoded. */
  readonly query: string
  readonly queryStyle: QueryStyle
  /** Whether a path may be a URL of its own. */
  readonly absoluteUrls: boolean
  /** Whether a call may name options that only a middleware knows. */
  readonly openOptions: boolean
}

/** Where a request goes and what its head says, before its body is known. */
export class RequestBuilder {
  readonly #defaults: RequestDefaults
  /** Default headers by `accept`: there are as many as kinds of readers. */
  readonly #byAccept = new Map<string, HeaderList>()

  constructor(defaults: RequestDefaults) {
    this.#defaults = defaults
  }

  build(
    method: string,
    path: string | URL,
    options: CallOptions | undefined,
    accept: string,
    body: RequestBody | undefined,
  ): HttpRequest {
    const target = this.#target(method, path, options)
    const foreign = this.#defaults.base !== undefined && target.origin !== this.#defaults.base.origin
    let headers = foreign ? this.#withAccept(this.#defaults.foreignHeaders, accept) : this.#defaultHeaders(accept)
    if (options !== undefined) headers = this.#ownHeaders(headers, options)
    const type = options?.mediaType ?? body?.contentType
    if (
      type !== undefined &&
      body !== undefined &&
      (options?.mediaType !== undefined || !headers.has('content-type'))
    ) {
      headers =
        options?.mediaType === undefined
          ? appendTrusted(headers, 'content-type', type)
          : headers.with('content-type', type)
    }
    return httpRequest({ method, origin: target.origin, path: target.path, headers, body })
  }

  /** @throws ConfigError for an option that nobody knows. */
  checkNames(options: object): void {
    if (typeof options !== 'object' || options === null)
      throw new ConfigError({ option: 'options', value: options, expected: 'an object' })
    if (this.#defaults.openOptions) return
    for (const name of Object.keys(options)) {
      if (!callOptionNames.has(name)) throw unknownOption(`options.${name}`, name, [...callOptionNames])
    }
  }

  #target(method: string, path: string | URL, options: CallOptions | undefined): Target {
    const { base, query, queryStyle, absoluteUrls } = this.#defaults
    const own = options?.query === undefined ? '' : encodeQuery(options.query, options.queryStyle ?? queryStyle)
    if (typeof path !== 'string') {
      if (!(path instanceof URL)) throw new ConfigError({ option: 'path', value: path, expected: 'a string or URL' })
      if (!absoluteUrls) throw absoluteUrl(method, base)
      return resolveAbsolute(path, base !== undefined && path.origin !== base.origin ? own : join(query, own))
    }
    const filled = fill(path, options)
    if (!absoluteUrls && namesHost(filled)) throw absoluteUrl(method, base)
    if (base === undefined) {
      if (hasScheme(filled)) return resolveAbsolute(filled, join(query, own))
      throw new ConfigError({
        option: 'path',
        value: filled.replace(/[?#].*$/s, ''),
        expected: 'an absolute URL, for the client has no base',
      })
    }
    // The client's query belongs to its own origin. With `//`: a first segment may hold a colon, and names no host.
    return hasScheme(filled) ? this.#absolute(filled, base, own) : base.resolve(filled, join(query, own))
  }

  #absolute(url: string, base: BaseUrl, own: string): Target {
    const target = resolveAbsolute(url)
    return resolveAbsolute(url, target.origin === base.origin ? join(this.#defaults.query, own) : own)
  }

  #defaultHeaders(accept: string): HeaderList {
    const known = this.#byAccept.get(accept)
    if (known !== undefined) return known
    const made = this.#withAccept(this.#defaults.headers, accept)
    if (this.#byAccept.size < 16) this.#byAccept.set(accept, made)
    return made
  }

  #withAccept(headers: HeaderList, accept: string): HeaderList {
    return headers.has('accept') ? headers : headers.append('accept', accept)
  }

  #ownHeaders(headers: HeaderList, options: CallOptions): HeaderList {
    let own = headers
    if (options.accept !== undefined) own = own.with('accept', options.accept)
    if (options.headers !== undefined) own = mergeHeaders(own, options.headers)
    // A range of a compressed body is of no use to anybody. The Fetch standard does the same.
    if (own.has('range') && own.get('accept-encoding') === this.#defaults.acceptEncoding)
      own = own.with('accept-encoding', 'identity')
    return own
  }
}

/** A placeholder that nobody fills would go out as `%7Bid%7D`. */
function fill(path: string, options: CallOptions | undefined): string {
  if (options?.params !== undefined) return expandTemplate(path, options.params)
  return path.includes('{') && /^[^?#]*\{[a-z_]\w*\}/i.test(path) ? expandTemplate(path, {}) : path
}

function hasScheme(path: string): boolean {
  // Nearly every path of a client with a base.
  if (path.startsWith('/')) return false
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path)
}

/** Whether a URL parser could take a path for a URL of its own: it passes over spaces before it, tabs and line ends. */
function namesHost(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- what the URL standard takes off
  const text = path.replace(/^[\u0000-\u0020]+|[\t\n\r]+/g, '')
  return /^(?:[/\\]{2}|[a-z][a-z0-9+.-]*:[/\\]|(?:https?|wss?|ftp|file|data|javascript|blob):)/i.test(text)
}

/** Says nothing of the path: it is a stranger's. */
function absoluteUrl(method: string, base: BaseUrl | undefined): RejectedError {
  const target = `${method} ${base?.origin ?? ''}`
  const message = `${target}: refused: the path is a URL of its own (guard.absoluteUrls)`
  return new RejectedError(message, { by: 'guard', sent: 'no', target })
}

function join(left: string, right: string): string {
  if (left === '') return right
  return right === '' ? left : `${left}&${right}`
}

/** Adds a field whose value a body helper made. */
function appendTrusted(headers: HeaderList, name: string, value: string): HeaderList {
  checkHeader(name, value)
  return new HeaderFields([...headers.toFlat(), name, value])
}
