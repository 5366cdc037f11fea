import { readMatch, type MatchCases, type MatchResult, type Schema } from '@halyard/binding/record'
import { decodeText } from '@halyard/binding/text'
import type { XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
import { readAllParts, readParts, type MultipartReadOptions, type MultipartResponse } from '@halyard/multipart'
import type { SavedFile, SaveOptions } from '@halyard/streaming/download'
import type { EventStreamOptions, ServerSentEvent } from '@halyard/streaming/events'
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { inspect } from 'node:util'
import {
  describeTarget,
  parseMediaType,
  type CallContext,
  type ChunkTaker,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  type MediaType,
  type ResponseBody,
  type TlsFacts,
} from '@halyard/core'
import { releaseDeadline } from '../layers/deadline.ts'
import { AnswerSource } from '../readers/answer-source.ts'
import { BodyReaders } from '../readers/body-readers.ts'
import { ClientPart, clientParts, type PartContext } from '../readers/client-part.ts'
import { eventReader, type BoundEvent } from '../readers/event-reader.ts'
import { lineReader, type LineOptions } from '../readers/line-reader.ts'
import { readFailure } from '../readers/read-failure.ts'
import { readSettings, type ReadSettings } from '../readers/read-settings.ts'
import { readValue, type ValueFormat } from '../readers/read-value.ts'
import type { AnswerParts } from '../readers/reopened-answer.ts'
import { saveAnswer } from '../readers/save-answer.ts'
import type { StatusError } from '../readers/status-error.ts'
import type { CallSender } from './call-sender.ts'
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
  readonly #sender: CallSender

  constructor(inner: HttpResponse, request: HttpRequest, call: CallContext, headersMs: number, sender: CallSender) {
    super()
    this.#sender = sender
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

  /** How its connection is secured; `undefined` where it is not, or there was none. */
  get tls(): TlsFacts | undefined {
    return this.#inner.tls
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

  /** @internal What the layers made of it, for readers that stream. */
  released(): HttpResponse {
    releaseDeadline(this.#call)
    return this.#inner
  }

  /** @internal For readers that may ask for it again. */
  answer(): AnswerParts {
    return {
      response: this.#inner,
      request: this.#request,
      call: this.#call,
      sender: this.#sender,
      settings: this.#settings,
    }
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

  events(schema?: undefined, options?: EventStreamOptions): AsyncIterable<ServerSentEvent>
  events<Output>(schema: Schema<Output>, options?: EventStreamOptions): AsyncIterable<BoundEvent<Output>>
  /**
   * Server-sent events, as they come. A stream that is cut, or ends, is asked for again with `last-event-id`, as the
   * WHATWG text says; one that was not asked for by a safe method only where it was cut and its events have ids.
   * @throws ConfigError at once; DecodeError, ValidationError, StatusError, and what ended the stream for good
   */
  events(schema?: Schema, options?: EventStreamOptions): AsyncIterable<unknown> {
    return eventReader(this.answer(), schema, options)
  }

  ndjson(schema?: undefined, options?: LineOptions): AsyncIterable<unknown>
  ndjson<Output>(schema: Schema<Output>, options?: LineOptions): AsyncIterable<Output>
  /**
   * The values of a body of JSON lines, or of a JSON text sequence (RFC 7464), one after the other.
   * @throws DecodeError and ValidationError, which name the line; ConfigError
   */
  ndjson(schema?: Schema, options?: LineOptions): AsyncIterable<unknown> {
    return lineReader(() => this.stream(), schema, this.#source, this.#settings.binding, options)
  }

  /**
   * Writes the body to a file: under a temporary name in the same folder, which is renamed when all is there. With
   * `resume` an unfinished file is kept, and gone on with, also by another process.
   * @throws BodyError with code `file` where the file system refuses, `decode` where a digest does not fit; ConfigError
   */
  saveTo(path: string | URL, options?: SaveOptions): Promise<SavedFile> {
    return saveAnswer(this.answer(), path, options)
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
    const { headers, url, body } = this.#inner
    const drainTo = (take: ChunkTaker): Promise<void> => {
      releaseDeadline(this.#call)
      return body.drainTo?.(take) ?? Promise.resolve()
    }
    return {
      headers,
      url,
      body: {
        stream: () => this.stream(),
        discard: () => this.discard(),
        ...(body.drainTo === undefined ? {} : { drainTo }),
      },
    }
  }

  #partContext(): PartContext {
    return { answer: this.#source, binding: this.#settings.binding }
  }

  get #source(): AnswerSource {
    return new AnswerSource(this.#inner, this.#request)
  }

  get #settings(): ReadSettings {
    return readSettings(this.#sender.reading, this.#call.options)
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
