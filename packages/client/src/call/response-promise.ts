import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { readFailure } from '../readers/read-failure.ts'
import { nodeStream, webStream } from '../readers/streams.ts'
import type { Schema } from '../readers/validate.ts'
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
export class ResponsePromise implements Promise<ClientResponse> {
  readonly [Symbol.toStringTag] = 'ResponsePromise'
  readonly #sent: Promise<ClientResponse>
  readonly #pending: PendingCall

  constructor(send: Send) {
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

  json(): Promise<unknown>
  json<Output>(schema: Schema<Output>): Promise<Output>
  /** The body as JSON, validated where a schema is given. @throws StatusError, BodyError, ValidationError */
  json(schema?: Schema): Promise<unknown> {
    this.#pending.accept = 'application/json'
    return this.#sent.then((response) => (isFailure(response) ? refuse(response) : response.readJson(schema)))
  }

  /** The body as text, by its charset. @throws StatusError, BodyError */
  text(): Promise<string> {
    return this.#sent.then((response) => (isFailure(response) ? refuse(response) : response.text()))
  }

  /** @throws StatusError, BodyError */
  bytes(): Promise<Uint8Array> {
    return this.#sent.then((response) => (isFailure(response) ? refuse(response) : response.bytes()))
  }

  /** The body as it arrives. Only `idleMs` limits it, unless the call was given a `totalMs` of its own. */
  stream(): AsyncIterable<Uint8Array> {
    const chunks = this.#sent.then((response) =>
      isFailure(response) ? refuse(response) : response.stream()[Symbol.asyncIterator](),
    )
    // Whoever iterates is told; whoever does not has no body to miss.
    chunks.catch(() => undefined)
    let inner: AsyncIterator<Uint8Array> | undefined
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () =>
        inner === undefined
          ? chunks.then((ready) => {
              inner = ready
              return ready.next()
            })
          : inner.next(),
      return: () => this.#leave(chunks),
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  /** The reader of a stream has left: before the head has come, too. */
  async #leave(chunks: Promise<AsyncIterator<Uint8Array>>): Promise<IteratorResult<Uint8Array, undefined>> {
    const pending = this.#pending
    pending.left = new DOMException('the stream was left', 'AbortError')
    pending.context?.cancel(pending.left)
    try {
      const ready = await chunks
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
  throw await readFailure(response, response.request)
}
