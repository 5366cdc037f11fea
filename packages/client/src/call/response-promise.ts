import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { readFailure } from '../readers/read-failure.ts'
import { nodeStream, webStream } from '../readers/streams.ts'
import type { Schema } from '../readers/validate.ts'
import type { ClientResponse } from './client-response.ts'

/** Sends the call in the way its reader wants, and settles it. Never throws. */
export type Send = (
  accept: string,
  resolve: (response: ClientResponse) => void,
  reject: (error: unknown) => void,
) => void

const soon = Promise.resolve()

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
  #accept = '*/*'

  constructor(send: Send) {
    this.#sent = new Promise((resolve, reject) => {
      // Not `queueMicrotask`, which makes an async resource each time.
      void soon.then(() => send(this.#accept, resolve, reject))
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

  json(): Promise<unknown>
  json<Output>(schema: Schema<Output>): Promise<Output>
  /** The body as JSON, validated where a schema is given. @throws StatusError, BodyError, ValidationError */
  json(schema?: Schema): Promise<unknown> {
    this.#accept = 'application/json'
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
      return: () => chunks.then((ready) => ready.return?.() ?? { done: true, value: undefined }),
    }
    return { [Symbol.asyncIterator]: () => iterator }
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
