import { acceptFor, type MatchCases, type MatchResult, type Schema } from '@halyard/binding/record'
import type { XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
import type { MultipartReadOptions } from '@halyard/multipart'
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { BodyReaders } from '../readers/body-readers.ts'
import type { ClientPart } from '../readers/client-part.ts'
import type { ValueFormat } from '../readers/read-value.ts'
import { nodeStream, webStream } from '../readers/streams.ts'
import type { ReaderOptions } from '../readers/value-readers.ts'
import type { ClientResponse } from './client-response.ts'
import type { PendingCall, Send } from './pending-call.ts'

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

  constructor(send: Send) {
    super()
    const pending: PendingCall = { accept: '*/*', resolve: nobody, reject: nobody, left: undefined, context: undefined }
    this.#pending = pending
    this.#sent = new Promise((resolve, reject) => {
      pending.resolve = resolve
      pending.reject = reject
    })
    // Not `queueMicrotask`, which makes an async resource each time.
    void soon.then(() => send(pending))
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

  /** Iterates what `open` makes of the response. */
  #iterate<Item>(open: (response: ClientResponse) => AsyncIterator<Item>): AsyncIterable<Item> {
    const items = this.#sent.then((response) => (isFailure(response) ? refuse(response) : open(response)))
    // Whoever iterates is told; whoever does not has no body to miss.
    items.catch(() => undefined)
    let inner: AsyncIterator<Item> | undefined
    const iterator: AsyncIterator<Item> = {
      next: () =>
        inner === undefined
          ? items.then((ready) => {
              inner = ready
              return ready.next()
            })
          : inner.next(),
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

function isFailure(response: ClientResponse): boolean {
  return response.status >= 400
}

async function refuse(response: ClientResponse): Promise<never> {
  throw await response.failure()
}
