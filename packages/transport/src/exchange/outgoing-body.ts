import type { OpenOptions, RequestBody } from '@halyard/core'

/**
 * Both protocols ask for the next chunk when one of 512 KiB has left the process: it is more than a socket, or a stream
 * of HTTP/2, lets wait to be written.
 */
const opening: OpenOptions = Object.freeze({ reuse: true })

/** Opens a body to be sent. @throws what opening it throws */
export function openBody(body: RequestBody, length: number | undefined): Uint8Array | OutgoingBody {
  const opened = body.open(opening)
  return opened instanceof Uint8Array ? opened : new OutgoingBody(opened, length)
}

/** The source of a body gave more or fewer bytes than it was said to. Its code is undici's for the same. */
class LengthMismatch extends Error {
  readonly code = 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
}

/**
 * A request body of many chunks, on its way. Tells a failure of the source from one of the socket, holds the source to
 * its length, and stops it when the exchange ends, however it ends.
 */
export class OutgoingBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>
  /** `undefined`: any number. */
  #left: number | undefined
  #stopped = false
  finished = false
  failed = false
  failure: unknown

  constructor(source: AsyncIterable<Uint8Array>, length: number | undefined) {
    this.#source = source[Symbol.asyncIterator]()
    this.#left = length
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      return this.#source.next().then(this.#check, this.#broken)
    } catch (thrown) {
      return this.#broken(thrown)
    }
  }

  readonly #check = (item: IteratorResult<Uint8Array>): IteratorResult<Uint8Array, undefined> | Promise<never> => {
    if (item.done === true) {
      this.finished = true
      return (this.#left ?? 0) > 0 ? this.#broken(new LengthMismatch(`${this.#left} bytes too few`)) : item
    }
    if (!(item.value instanceof Uint8Array)) {
      return this.#broken(new TypeError(`chunks of a request body must be Uint8Array, got ${typeof item.value}`))
    }
    // Before they are written: over HTTP/2 a body that is too long costs the whole connection.
    if (this.#left !== undefined && (this.#left -= item.value.byteLength) < 0) {
      return this.#broken(new LengthMismatch(`${-this.#left} bytes too many`))
    }
    return item
  }

  readonly #broken = (failure: unknown): Promise<never> => {
    this.failed = true
    this.failure = failure
    return Promise.reject(failure)
  }

  /** undici left its loop. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.stop()
    return Promise.resolve({ done: true, value: undefined })
  }

  stop(): void {
    if (this.#stopped || this.finished) return
    this.#stopped = true
    // The source's own failure to stop concerns nobody: the exchange has ended.
    void this.#stopSource().catch(() => undefined)
  }

  async #stopSource(): Promise<void> {
    await this.#source.return?.()
  }
}
