import {
  checkScheme,
  ConfigError,
  headerList,
  type AnyMiddleware,
  type HeaderList,
  type HeadersInit,
  type HttpHandler,
} from '@halyard/core'
import { guarded, integer, optionObject, string } from '@halyard/core/options'

/** One place that requests can go to. */
export interface EndpointInit {
  /** Scheme, host, port and perhaps a base path; no query, no user information. */
  readonly url: string | URL
  /** Its share beside the others, for `weighted`, `random`, `least-pending`, `p2c-ewma`, `consistent-hash`. @defaultValue 1 */
  readonly weight?: number | undefined
  /** Where it stands, for the balancer's `zone`. */
  readonly zone?: string | undefined
  /** Endpoints of a higher number are used when none of a lower one can be, as with SRV records. @defaultValue 0 */
  readonly priority?: number | undefined
  /** Sent to this endpoint and to no other, instead of the request's own of the same name. */
  readonly headers?: HeadersInit | undefined
  /** Run for requests to this endpoint alone, such as its credentials. First is outermost. */
  readonly use?: readonly AnyMiddleware[] | undefined
  /** Takes the calls of this endpoint instead of the layers below, for an endpoint with an identity of its own. */
  readonly next?: HttpHandler | undefined
  /** Takes its health checks instead of the client's transport. */
  readonly send?: HttpHandler | undefined
  /** The name that its certificate must be for, where that is not the URL's host: for whoever makes the connection. */
  readonly serverName?: string | undefined
}

/** An endpoint: its URL alone, or with what else is to be said of it. */
export type EndpointLike = string | URL | EndpointInit

/** An endpoint as it was checked. */
export interface EndpointConfig {
  /** Origin and base path, without a trailing slash. */
  readonly url: string
  readonly origin: string
  readonly basePath: string
  readonly weight: number
  readonly zone: string | undefined
  readonly priority: number
  readonly headers: HeaderList | undefined
  readonly use: readonly AnyMiddleware[] | undefined
  readonly next: HttpHandler | undefined
  readonly send: HttpHandler | undefined
  readonly serverName: string | undefined
}

/** A base URL, checked. */
export interface Base {
  readonly origin: string
  /** Without a trailing slash. */
  readonly basePath: string
}

const handler = guarded((value): value is HttpHandler => typeof value === 'function', 'a handler')
const middlewares = guarded(
  (value): value is readonly AnyMiddleware[] =>
    Array.isArray(value) && value.every((one: unknown) => typeof one === 'object' && one !== null && 'wrap' in one),
  'a list of middlewares',
)
const headers = guarded(
  (value): value is HeadersInit => typeof value === 'object' && value !== null,
  'an object of headers',
)
const anything = guarded((value): value is unknown => value !== undefined, 'a URL')
const isWeight = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= 1_000_000

const readEndpoint = optionObject({
  url: anything,
  weight: guarded(isWeight, 'a number above 0, at most 1000000'),
  zone: string,
  priority: integer({ min: 0 }),
  headers,
  use: middlewares,
  next: handler,
  send: handler,
  serverName: string,
})

/**
 * Checks a list of endpoints.
 * @throws ConfigError that names the entry.
 */
export function readEndpoints(list: readonly EndpointLike[], option = 'endpoints'): readonly EndpointConfig[] {
  if (!Array.isArray(list)) throw new ConfigError({ option, value: list, expected: 'a list of endpoints' })
  return list.map((one, index) => endpointConfig(one, `${option}[${index}]`))
}

function endpointConfig(like: EndpointLike, option: string): EndpointConfig {
  if (typeof like === 'string' || like instanceof URL) return configOf(readEndpoint({ url: like }, option), option)
  return configOf(readEndpoint(like, option), `${option}.url`)
}

function configOf(given: ReturnType<typeof readEndpoint>, option: string): EndpointConfig {
  const { origin, basePath } = readBase(given.url, option)
  return {
    url: origin + basePath,
    origin,
    basePath,
    weight: given.weight ?? 1,
    zone: given.zone,
    priority: given.priority ?? 0,
    headers: given.headers === undefined ? undefined : headerList(given.headers),
    use: given.use,
    next: given.next,
    send: given.send,
    serverName: given.serverName,
  }
}

/**
 * Checks the URL of an endpoint, or of what requests come with.
 * @throws ConfigError. It shows nothing that may be a password.
 */
export function readBase(value: unknown, option: string): Base {
  const url = typeof value === 'string' || value instanceof URL ? URL.parse(String(value)) : null
  if (url === null) {
    // An unencoded password may hold any delimiter, so text with an `@` is not shown.
    const shown = typeof value === 'string' ? (value.includes('@') ? '…' : value.replace(/[?#].*$/s, '')) : value
    throw new ConfigError({ option, value: shown, expected: 'an absolute URL, such as http://host:8080' })
  }
  checkScheme(url, option)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigError({
      option,
      value: url.origin,
      expected: 'a URL without user information, query and fragment',
      hint: 'credentials belong into headers or auth of the endpoint',
    })
  }
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') }
}

/** Whether nothing but the same was said again, as by a name that is resolved once more. */
export function sameConfig(left: EndpointConfig, right: EndpointConfig): boolean {
  return (
    left.url === right.url &&
    left.weight === right.weight &&
    left.zone === right.zone &&
    left.priority === right.priority &&
    left.use === right.use &&
    left.next === right.next &&
    left.send === right.send &&
    left.serverName === right.serverName &&
    sameHeaders(left.headers, right.headers)
  )
}

function sameHeaders(left: HeaderList | undefined, right: HeaderList | undefined): boolean {
  if (left === right) return true
  if (left === undefined || right === undefined) return false
  const [ours, theirs] = [left.toFlat(), right.toFlat()]
  return ours.length === theirs.length && ours.every((part, index) => part === theirs[index])
}
