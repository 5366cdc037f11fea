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
