import type { HeaderList } from './header-list.ts'
import type { RequestBody } from './request-body.ts'

/** Immutable: `with` makes a copy. Origin and path are strings, for a `URL` object costs more than a whole layer. */
export interface HttpRequest {
  readonly method: string
  /** Scheme, host and port: `https://api.example.com`, the default port left out. */
  readonly origin: string
  /** What the request line carries: path and query, never a fragment. */
  readonly path: string
  /** Made when asked for. */
  readonly url: URL
  readonly headers: HeaderList
  readonly body: RequestBody | undefined
  with(patch: RequestPatch): HttpRequest
}

export interface RequestPatch {
  readonly method?: string
  readonly url?: URL
  readonly headers?: HeaderList
  readonly body?: RequestBody | undefined
}

export interface RequestParts {
  readonly method: string
  readonly origin: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: RequestBody | undefined
}

class PlainRequest implements HttpRequest {
  readonly method: string
  readonly origin: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: RequestBody | undefined

  constructor(method: string, origin: string, path: string, headers: HeaderList, body: RequestBody | undefined) {
    this.method = method
    this.origin = origin
    this.path = path
    this.headers = headers
    this.body = body
  }

  get url(): URL {
    return new URL(this.origin + this.path)
  }

  with(patch: RequestPatch): HttpRequest {
    // Own properties alone: every middleware passes here, and a polluted prototype must not rewrite its requests.
    const url = Object.hasOwn(patch, 'url') ? patch.url : undefined
    return new PlainRequest(
      (Object.hasOwn(patch, 'method') ? patch.method : undefined) ?? this.method,
      url === undefined ? this.origin : url.origin,
      url === undefined ? this.path : url.pathname + url.search,
      (Object.hasOwn(patch, 'headers') ? patch.headers : undefined) ?? this.headers,
      Object.hasOwn(patch, 'body') ? patch.body : this.body,
    )
  }
}

/** Makes a request of parts that were checked: a token, an origin and an encoded path. */
export function httpRequest(parts: RequestParts): HttpRequest {
  return new PlainRequest(parts.method, parts.origin, parts.path, parts.headers, parts.body)
}
