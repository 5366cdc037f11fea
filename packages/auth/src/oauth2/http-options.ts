import {
  ConfigError,
  headerList,
  type HeaderList,
  type HeadersInit,
  type HttpHandler,
  type HttpResponse,
} from '@halyard/core'
import { boolean, durationMs, guarded, integer, optionObject, type OptionSpec } from '@halyard/core/options'

/** A client of its own for the authorization server: what `createPipeline` makes. */
export interface Requester {
  request(
    method: string,
    url: URL,
    options: { readonly headers: HeaderList; readonly body?: Uint8Array; readonly signal: AbortSignal },
  ): Promise<HttpResponse>
}

/** How the authorization server is spoken to. */
export interface TokenHttpOptions {
  /** A handler or a pipeline, with TLS and proxy of its own. @defaultValue the bare transport of the client that asks */
  readonly via?: HttpHandler | Requester | undefined
  /** For one request, its answer included. @defaultValue 30_000 */
  readonly timeoutMs?: number | undefined
  /** The most that an answer may have. @defaultValue 262_144 */
  readonly maxBytes?: number | undefined
  /** Sent beside those that the protocol asks for; it cannot replace them. */
  readonly headers?: HeadersInit | undefined
  /** Whether `http:` is allowed beyond loopback, where secrets can be read on the way. @defaultValue false */
  readonly clearText?: boolean | undefined
}

export interface ResolvedHttp {
  readonly via: HttpHandler | undefined
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly headers: HeaderList
  readonly clearText: boolean
}

const isHandler = (value: unknown): value is HttpHandler => typeof value === 'function'
const isRequester = (value: unknown): value is Requester =>
  typeof value === 'object' && value !== null && 'request' in value && typeof value.request === 'function'
const isHeaders = (value: unknown): value is HeadersInit => typeof value === 'object' && value !== null
const isVia = (value: unknown): value is HttpHandler | Requester => isHandler(value) || isRequester(value)

const headers: OptionSpec<HeaderList> = (value, option) => {
  try {
    // `headerList` checks all that it is given.
    if (isHeaders(value)) return headerList(value)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError({ option, value: 'something else', expected: error.expected })
  }
  throw new ConfigError({ option, value: typeof value, expected: 'an object, a list or an iterable' })
}

const spec = optionObject({
  via: guarded(isVia, 'a handler, or a pipeline'),
  timeoutMs: durationMs,
  maxBytes: integer({ min: 1024, max: 2 ** 26 }),
  headers,
  clearText: boolean,
})

/** A handler, a pipeline, or settings. */
export const httpSpec: OptionSpec<ResolvedHttp> = (value, option) => {
  const own = spec(isVia(value) ? { via: value } : value, option)
  return {
    via: own.via === undefined ? undefined : handlerOf(own.via),
    timeoutMs: own.timeoutMs ?? 30_000,
    maxBytes: own.maxBytes ?? 262_144,
    headers: own.headers ?? headerList(undefined),
    clearText: own.clearText ?? false,
  }
}

function handlerOf(via: HttpHandler | Requester): HttpHandler {
  if (isHandler(via)) return via
  return async (request, call) => {
    const opened = request.body?.open()
    return await via.request(request.method, request.url, {
      headers: request.headers,
      signal: call.signal,
      ...(opened instanceof Uint8Array ? { body: opened } : {}),
    })
  }
}
