import type { HttpRequest } from '@halyard/core'
import type { Via } from '../connect/proxy/via.ts'
import { OutgoingBody } from './outgoing-body.ts'

/** What undici's `dispatch` reads, each an own property: nothing comes from a polluted `Object.prototype`. */
export class DispatchOptions {
  readonly path: string
  readonly method: string
  readonly headers: readonly string[]
  readonly body: unknown
  readonly origin = undefined
  readonly query = undefined
  readonly idempotent = undefined
  readonly blocking = undefined
  readonly upgrade = undefined
  readonly headersTimeout = undefined
  readonly bodyTimeout = undefined
  readonly reset = undefined
  readonly expectContinue = undefined
  readonly servername = undefined
  readonly throwOnError = undefined
  readonly maxRedirections = undefined
  readonly typeOfService = undefined
  readonly dispatcher = undefined

  constructor(method: string, path: string, headers: readonly string[], body: unknown) {
    this.method = method
    this.path = path
    this.headers = headers
    this.body = body
  }
}

/** What is sent of a request on a connection that goes `via` a proxy, or none. */
export function dispatchOptions(
  request: HttpRequest,
  outgoing: OutgoingBody | Uint8Array | undefined,
  via: Via | undefined,
): DispatchOptions {
  const { method, path, headers, body } = request
  const flat = via === undefined ? headers.toFlat() : via.fields(headers)
  const told = !(outgoing instanceof OutgoingBody) || headers.has('content-length')
  const fields = told || body?.length === undefined ? flat : [...flat, 'content-length', String(body.length)]
  return new DispatchOptions(method, via === undefined ? path : via.requestTarget(request), fields, outgoing ?? null)
}
