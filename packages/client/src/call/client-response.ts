import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { inspect } from 'node:util'
import {
  describeTarget,
  parseMediaType,
  type CallContext,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  type MediaType,
  type ResponseBody,
} from '@halyard/core'
import { releaseDeadline } from '../layers/deadline.ts'
import { decodeText } from '../readers/decode-text.ts'
import { jsonValue } from '../readers/read-json.ts'
import { nodeStream, webStream } from '../readers/streams.ts'
import type { Schema } from '../readers/validate.ts'

export interface Timings {
  /** From the call being sent to the head of the answer, milliseconds. */
  readonly headersMs: number
}

/**
 * An answer, whatever its status, with the readers of its body: one of them, once. They do not throw on a status:
 * whoever awaited the response has seen it.
 */
export class ClientResponse implements HttpResponse {
  readonly #inner: HttpResponse
  readonly #request: HttpRequest
  readonly #call: CallContext
  readonly #headersMs: number

  constructor(inner: HttpResponse, request: HttpRequest, call: CallContext, headersMs: number) {
    this.#inner = inner
    this.#request = request
    this.#call = call
    this.#headersMs = headersMs
  }

  /** @internal For errors about this response. */
  get request(): HttpRequest {
    return this.#request
  }

  get status(): number {
    return this.#inner.status
  }

  get statusText(): string {
    return this.#inner.statusText
  }

  /** 200 to 299. */
  get ok(): boolean {
    return this.#inner.status >= 200 && this.#inner.status < 300
  }

  get httpVersion(): '1.0' | '1.1' | '2' {
    return this.#inner.httpVersion
  }

  get headers(): HeaderList {
    return this.#inner.headers
  }

  get url(): URL {
    return this.#inner.url
  }

  /** The parsed content type; `undefined` where there is none. */
  get mediaType(): MediaType | undefined {
    return parseMediaType(this.#inner.headers.get('content-type'))
  }

  get timings(): Timings {
    return { headersMs: this.#headersMs }
  }

  /** How many attempts the call took. */
  get attempts(): number {
    return this.#call.attempts
  }

  get body(): ResponseBody {
    return this.#inner.body
  }

  trailers(): Promise<HeaderList> {
    return this.#inner.trailers()
  }

  json(): Promise<unknown>
  json<Output>(schema: Schema<Output>): Promise<Output>
  /** The body as JSON; `undefined` for an empty one without a schema. @throws BodyError, ValidationError */
  async json(schema?: Schema): Promise<unknown> {
    return await this.readJson(schema)
  }

  /** @internal `json`, without a promise where the body is here and the schema is not asynchronous. */
  readJson(schema: Schema | undefined): unknown {
    const whole = this.#whole()
    return whole instanceof Promise
      ? whole.then((bytes) => jsonValue(bytes, this.#inner, this.#request, schema))
      : jsonValue(whole, this.#inner, this.#request, schema)
  }

  /** The body as text, by its charset. */
  async text(): Promise<string> {
    return decodeText(await this.#whole(), this.#inner.headers.get('content-type'), this.#request)
  }

  async bytes(): Promise<Uint8Array> {
    const whole = await this.#whole()
    // Not Node's Buffer, which prints and compares in ways of its own.
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)
  }

  /** The body as it arrives. Only `idleMs` limits it, unless the call was given a `totalMs` of its own. */
  stream(): AsyncIterable<Uint8Array> {
    releaseDeadline(this.#call)
    return this.#inner.body.stream()
  }

  toWeb(): ReadableStream<Uint8Array> {
    return webStream(this.stream())
  }

  toNode(): Readable {
    return nodeStream(this.stream())
  }

  /** Lets the body go: drained if short, else the connection is closed. */
  discard(): Promise<void> {
    return this.#inner.body.discard()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  #whole(): Uint8Array | Promise<Uint8Array> {
    const { body } = this.#inner
    return body.takeBuffered?.() ?? body.bytes()
  }
}

// Status and URL without its query; nothing of headers or body. Here, for declarations cannot name the symbol.
Object.defineProperty(ClientResponse.prototype, inspect.custom, {
  value(this: ClientResponse): string {
    return `ClientResponse { ${this.status} ${describeTarget(this.request)} }`
  },
})
