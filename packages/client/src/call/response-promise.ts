import { acceptFor, type MatchCases, type MatchResult, type Schema } from '@halyard/binding/record'
import type { XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
import type { MultipartReadOptions } from '@halyard/multipart'
import type { SavedFile, SaveOptions } from '@halyard/streaming/download'
import { streamSettings, type EventStreamOptions, type ServerSentEvent } from '@halyard/streaming/events'
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { schemaOption } from '../config/binding-config.ts'
import { BodyReaders } from '../readers/body-readers.ts'
import type { ClientPart } from '../readers/client-part.ts'
import type { BoundEvent } from '../readers/event-reader.ts'
import { acceptLines, checkLineOptions, type LineOptions } from '../readers/line-reader.ts'
import type { ValueFormat } from '../readers/read-value.ts'
import { savePending } from '../readers/save-pending.ts'
import { nodeStream, webStream } from '../readers/streams.ts'
import type { ReaderOptions } from '../readers/value-readers.ts'
import type { CallSender } from './call-sender.ts'
import type { ClientResponse } from './client-response.ts'
import type { PendingCall, Sending } from './pending-call.ts'

const soon = Promise.resolve()
const nobody = (): void => undefined

/**
 * A call on its way. Await it for the response whatever its status, or call a reader on it, which throws `StatusError`
 * for a 4xx or 5xx.
 *
 * The call is sent in the microtask after it is made, awaited or not; a reader called in the same expression still
 * says what it accepts.
 */
export class ResponsePromise extends BodyReaders implements Promise<ClientResponse> {
  readonly [Symbol.toStringTag] = 'ResponsePromise'
  readonly #sent: Promise<ClientResponse>
  readonly #pending: PendingCall
  readonly #sending: Sending
  readonly #sender: CallSender

  constructor(sending: Sending, sender: CallSender) {
    super()
    const pending: PendingCall = {
      accept: '*/*',
      headers: undefined,
      hold: undefined,
      resolve: nobody,
      reject: nobody,
      left: undefined,
      context: undefined,
    }
    this.#pending = pending
    this.#sending = sending
    this.#sender = sender
    this.#sent = new Promise((resolve, reject) => {
      pending.resolve = resolve
      pending.reject = reject
    })
    // Not `queueMicrotask`, which makes an async resource each time.
    void soon.then(() => {
      if (pending.hold === undefined) sending.send(pending)
      else
        pending.hold.then(
          () => sending.send(pending),
          (refused: unknown) => pending.reject(refused),
        )
    })
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  then<Result1 = ClientResponse, Result2 = never>(
    onFulfilled?: ((response: ClientResponse) => Result1 | PromiseLike<Result1>) | null,
    onRejected?: ((reason: unknown) => Result2 | PromiseLike<Result2>) | null,
  ): Promise<Result1 | Result2> {
    return this.#sent.then(onFulfilled, onRejected)
  }

  catch<Result = never>(
    onRejected?: ((reason: unknown) => Result | PromiseLike<Result>) | null,
  ): Promise<ClientResponse | Result> {
    return this.#sent.catch(onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<ClientResponse> {
    return this.#sent.finally(onFinally)
  }

  protected override readAs(
    format: ValueFormat,
    schema: Schema | undefined,
    options: ReaderOptions | undefined,
  ): Promise<unknown> {
    this.#pending.accept = acceptFor(format)
    return this.#sent.then((response) =>
      isFailure(response) ? refuse(response) : response.readNow(format, schema, options),
    )
  }

  override match<const Cases extends MatchCases<Cases>>(cases: Cases): Promise<MatchResult<Cases>> {
    this.#pending.accept = acceptFor('record')
    return this.#sent.then((response) => response.match<Cases>(cases))
  }

  xmlRecords(path: string, schema?: undefined, options?: XmlRecordsOptions): AsyncIterable<XmlValue>
  xmlRecords<Output>(path: string, schema: Schema<Output>, options?: XmlRecordsOptions): AsyncIterable<Output>
  /**
   * The elements at `path` (`feed/entry`: names from the root element down) one after the other, of a document of any
   * length. Here `binding.maxBytes` bounds each record. Records come before the rest is known to be well-formed.
   * @throws StatusError, DecodeError, ValidationError
   */
  xmlRecords(path: string, schema?: Schema, options?: XmlRecordsOptions): AsyncIterable<unknown> {
    this.#pending.accept = acceptFor('xml')
    return this.#iterate<unknown>((response) =>
      (schema === undefined
        ? response.xmlRecords(path, undefined, options)
        : response.xmlRecords(path, schema, options)
      )[Symbol.asyncIterator](),
    )
  }

  events(schema?: undefined, options?: EventStreamOptions): AsyncIterable<ServerSentEvent>
  events<Output>(schema: Schema<Output>, options?: EventStreamOptions): AsyncIterable<BoundEvent<Output>>
  /**
   * Server-sent events, as they come. A stream that is cut, or ends, is asked for again with `last-event-id`, as the
   * WHATWG text says; one that was not asked for by a safe method only where it was cut and its events have ids.
   * @throws StatusError, DecodeError, ValidationError, and what ended the stream for good
   */
  events(schema?: Schema, options?: EventStreamOptions): AsyncIterable<unknown> {
    this.#pending.accept = 'text/event-stream'
    this.#check(() => {
      streamSettings(options ?? {})
      if (schema !== undefined) schemaOption(schema, 'schema')
    })
    return this.#iterate<unknown>((response) =>
      (schema === undefined ? response.events(undefined, options) : response.events(schema, options))[
        Symbol.asyncIterator
      ](),
    )
  }

  ndjson(schema?: undefined, options?: LineOptions): AsyncIterable<unknown>
  ndjson<Output>(schema: Schema<Output>, options?: LineOptions): AsyncIterable<Output>
  /**
   * The values of a body of JSON lines, or of a JSON text sequence (RFC 7464), one after the other.
   * @throws StatusError; DecodeError and ValidationError, which name the line
   */
  ndjson(schema?: Schema, options?: LineOptions): AsyncIterable<unknown> {
    this.#pending.accept = acceptLines
    this.#check(() => checkLineOptions(schema, options))
    return this.#iterate<unknown>((response) =>
      (schema === undefined ? response.ndjson(undefined, options) : response.ndjson(schema, options))[
        Symbol.asyncIterator
      ](),
    )
  }

  /**
   * Writes the body to a file: under a temporary name in the same folder, which is renamed when all is there. Nothing is
   * sent before that file is open. With `resume` an unfinished file is kept, and gone on with, also by another process.
   * @throws StatusError; BodyError with code `file` where the file system refuses, `decode` where a digest does not fit;
   * ConfigError for a wrong option
   */
  saveTo(path: string | URL, options?: SaveOptions): Promise<SavedFile> {
    return savePending(
      { sent: this.#sent, pending: this.#pending, sending: this.#sending },
      this.#sender.runtime,
      path,
      options,
    )
  }

  /**
   * The parts of a multipart body as they come, each with readers of its own; messages within by `part.parts()`.
   * @throws StatusError, MultipartError, ConfigError
   */
  parts(options?: MultipartReadOptions): AsyncIterable<ClientPart> {
    this.#pending.accept = 'multipart/*'
    return this.#iterate((response) => response.parts(options))
  }

  /** All parts of a multipart body, in memory. @throws StatusError, MultipartError, ConfigError */
  bodyParts(options?: MultipartReadOptions): Promise<readonly ClientPart[]> {
    this.#pending.accept = 'multipart/*'
    return this.#sent.then((response) => (isFailure(response) ? refuse(response) : response.bodyParts(options)))
  }

  /** The body as text, by its charset. @throws StatusError, BodyError */
  text(): Promise<string> {
    this.#pending.accept = acceptFor('text')
    return this.#sent.then((response) => (isFailure(response) ? refuse(response) : response.text()))
  }

  /** @throws StatusError, BodyError */
  bytes(): Promise<Uint8Array> {
    return this.#sent.then((response) => (isFailure(response) ? refuse(response) : response.bytes()))
  }

  /** The body as it arrives. Only `idleMs` limits it, unless the call was given a `totalMs` of its own. */
  stream(): AsyncIterable<Uint8Array> {
    return this.#iterate((response) => response.stream()[Symbol.asyncIterator]())
  }

  /** What is wrong with a reader's options is said before anything is sent. */
  #check(check: () => unknown): void {
    try {
      check()
    } catch (wrong) {
      const hold = Promise.reject(wrong)
      hold.catch(() => undefined)
      this.#pending.hold = hold
    }
  }

  /** Iterates what `open` makes of the response. */
  #iterate<Item>(open: (response: ClientResponse) => AsyncIterator<Item>): AsyncIterable<Item> {
    const items = this.#sent.then((response) => (isFailure(response) ? refuse(response) : opened(response, open)))
    // Whoever iterates is told; whoever does not has no body to miss.
    items.catch(() => undefined)
    let inner: AsyncIterator<Item> | undefined
    const first = async (): Promise<IteratorResult<Item, undefined>> => {
      try {
        inner = await items
        if (this.#pending.left !== undefined) return { done: true, value: undefined }
        return await inner.next()
      } catch (error) {
        // Whoever has left hears of nothing more.
        if (this.#pending.left !== undefined) return { done: true, value: undefined }
        throw error
      }
    }
    const iterator: AsyncIterator<Item> = {
      next: () => (inner === undefined || this.#pending.left !== undefined ? first() : inner.next()),
      return: () => this.#leave(items),
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  /** The reader of a stream has left: before the head has come, too. */
  async #leave<Item>(items: Promise<AsyncIterator<Item>>): Promise<IteratorResult<Item, undefined>> {
    const pending = this.#pending
    pending.left = new DOMException('the stream was left', 'AbortError')
    pending.context?.cancel(pending.left)
    try {
      const ready = await items
      await ready.return?.()
    } catch {
      // It failed because it was left, or did before: either way nobody reads it.
    }
    return { done: true, value: undefined }
  }

  /** The body as a WHATWG stream. */
  toWeb(): ReadableStream<Uint8Array> {
    return webStream(this.stream())
  }

  /** The body as a Node stream. */
  toNode(): Readable {
    return nodeStream(this.stream())
  }

  /** Lets the body go, whatever the status. */
  discard(): Promise<void> {
    return this.#sent.then((response) => response.discard())
  }
}

/** A reader that refuses to read lets the response go. */
function opened<Item>(
  response: ClientResponse,
  open: (response: ClientResponse) => AsyncIterator<Item>,
): AsyncIterator<Item> {
  try {
    return open(response)
  } catch (wrong) {
    void response.discard()
    throw wrong
  }
}

function isFailure(response: ClientResponse): boolean {
  return response.status >= 400
}

async function refuse(response: ClientResponse): Promise<never> {
  throw await response.failure()
}
