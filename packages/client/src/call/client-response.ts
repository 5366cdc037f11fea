import { readMatch, type MatchCases, type MatchResult, type Schema } from '@halyard/binding/record'
import { decodeText } from '@halyard/binding/text'
import type { XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
import { readAllParts, readParts, type MultipartReadOptions, type MultipartResponse } from '@halyard/multipart'
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
import { AnswerSource } from '../readers/answer-source.ts'
import { BodyReaders } from '../readers/body-readers.ts'
import { ClientPart, clientParts, type PartContext } from '../readers/client-part.ts'
import { readFailure } from '../readers/read-failure.ts'
import { readSettings, type ReadSettings } from '../readers/read-settings.ts'
import { readValue, type ValueFormat } from '../readers/read-value.ts'
import type { StatusError } from '../readers/status-error.ts'
import { nodeStream, webStream } from '../readers/streams.ts'
import type { ReaderOptions } from '../readers/value-readers.ts'
import { xmlRecordStream } from '../readers/xml-record-stream.ts'

export interface Timings {
  /** From the call being sent to the head of the answer, milliseconds. */
  readonly headersMs: number
}

/**
 * An answer, whatever its status, with the readers of its body: one of them, once. They do not throw on a status:
 * whoever awaited the response has seen it.
 */
export class ClientResponse extends BodyReaders implements HttpResponse {
  readonly #inner: HttpResponse
  readonly #request: HttpRequest
  readonly #call: CallContext
  readonly #headersMs: number
  readonly #configured: ReadSettings

  constructor(
    inner: HttpResponse,
    request: HttpRequest,
    call: CallContext,
    headersMs: number,
    configured: ReadSettings,
  ) {
    super()
    this.#configured = configured
    this.#inner = inner
    this.#request = request
    this.#call = call
    this.#headersMs = headersMs
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

  /** @internal A reader's value, without a promise where body and schema need none. */
  readNow(format: ValueFormat, schema: Schema | undefined, options: ReaderOptions | undefined): unknown {
    const whole = this.#whole()
    return whole instanceof Promise
      ? whole.then((bytes) => this.#value(format, bytes, schema, options))
      : this.#value(format, whole, schema, options)
  }

  protected override async readAs(
    format: ValueFormat,
    schema: Schema | undefined,
    options: ReaderOptions | undefined,
  ): Promise<unknown> {
    return await this.readNow(format, schema, options)
  }

  override async match<const Cases extends MatchCases<Cases>>(cases: Cases): Promise<MatchResult<Cases>> {
    const matched = await readMatch<Cases>(this.#inner, cases, this.#settings.binding ?? {}, this.#source)
    if (matched === undefined) throw await this.failure()
    return matched
  }

  xmlRecords(path: string, schema?: undefined, options?: XmlRecordsOptions): AsyncIterable<XmlValue>
  xmlRecords<Output>(path: string, schema: Schema<Output>, options?: XmlRecordsOptions): AsyncIterable<Output>
  /**
   * The elements at `path` (`feed/entry`: names from the root element down) one after the other, of a document of any
   * length. Here `binding.maxBytes` bounds each record. Records come before the rest is known to be well-formed.
   */
  xmlRecords(path: string, schema?: Schema, options?: XmlRecordsOptions): AsyncIterable<unknown> {
    return xmlRecordStream(() => this.stream(), path, schema, this.#source, this.#settings.binding, options)
  }

  /**
   * The parts of a multipart body as they come, each with readers of its own; messages within by `part.parts()`. Taking
   * the next part skips what is left of the last one, leaving the loop lets the connection go.
   * @throws MultipartError for a message that is malformed, cut short or beyond a limit; ConfigError for a wrong option
   */
  parts(options?: MultipartReadOptions): AsyncIterableIterator<ClientPart> {
    return clientParts(readParts(this.#message(), options), this.#partContext())
  }

  /** All parts of a multipart body, in memory. @throws MultipartError, ConfigError */
  async bodyParts(options?: MultipartReadOptions): Promise<readonly ClientPart[]> {
    const parts = await readAllParts({ ...this.#message(), body: this.#inner.body }, options)
    const context = this.#partContext()
    return parts.map((part, index) => new ClientPart(part, context, [index]))
  }

  /** The body as text, by its charset. */
  async text(): Promise<string> {
    return decodeText(await this.#whole(), this.#source)
  }

  /** @internal The error of this status, with what can be had of the body. */
  failure(): Promise<StatusError> {
    return readFailure(this.#inner, this.#request, this.#settings)
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

  #message(): MultipartResponse {
    const { headers, url } = this.#inner
    return { headers, url, body: { stream: () => this.stream(), discard: () => this.discard() } }
  }

  #partContext(): PartContext {
    return { answer: this.#source, binding: this.#settings.binding }
  }

  get #source(): AnswerSource {
    return new AnswerSource(this.#inner, this.#request)
  }

  get #settings(): ReadSettings {
    return readSettings(this.#configured, this.#call.options)
  }

  #value(
    format: ValueFormat,
    bytes: Uint8Array,
    schema: Schema | undefined,
    options: ReaderOptions | undefined,
  ): unknown {
    return readValue(format, bytes, this.#source, this.#inner.headers, schema, this.#settings.binding, options)
  }

  #whole(): Uint8Array | Promise<Uint8Array> {
    const { body } = this.#inner
    return body.takeBuffered?.() ?? body.bytes()
  }

  static {
    // Here, for declarations cannot name the symbol.
    Object.defineProperty(this.prototype, inspect.custom, {
      /** Status and URL without its query; nothing of headers or body. */
      value(this: ClientResponse): string {
        return `ClientResponse { ${this.status} ${describeTarget(this.#request)} }`
      },
    })
  }
}
