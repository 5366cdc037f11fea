import { BodyError, bodyTaken, type ResponseBody, type SettledListener } from '@halyard/core'

/** What a body of another form is made of. */
export interface TransformedBodyInit {
  readonly inner: ResponseBody
  /** Opens `inner.stream()` and changes what comes. Leaving the iteration must leave the inner one. */
  readonly open: () => AsyncIterable<Uint8Array>
  /** Bytes that `bytes()` may return; beyond it, `too-large`. Streams are not bounded here. */
  readonly maxBytes: number
  /** For messages: method and URL without its query. */
  readonly target: string
}

/** A response body that is read through something: a decoder, a meter, a brake. Settles as the body within does. */
export class TransformedBody implements ResponseBody {
  readonly #init: TransformedBodyInit
  #taken = false

  constructor(init: TransformedBodyInit) {
    this.#init = init
  }

  async bytes(): Promise<Uint8Array> {
    const { maxBytes } = this.#init
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.stream()) {
      size += chunk.byteLength
      // Leaving the loop closes the exchange.
      if (size > maxBytes) throw this.#tooLarge(size)
      chunks.push(chunk)
    }
    const only = chunks[0]
    return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size)
  }

  stream(): AsyncIterable<Uint8Array> {
    if (this.#taken) throw bodyTaken(this.#init.target)
    this.#taken = true
    return this.#init.open()
  }

  discard(): Promise<void> {
    this.#taken = true
    return this.#init.inner.discard()
  }

  onSettled(listener: SettledListener): void {
    this.#init.inner.onSettled(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  #tooLarge(size: number): BodyError {
    const { maxBytes, target } = this.#init
    return new BodyError(`${target}: the response body is more than limits.bodyBytes, ${maxBytes} bytes`, {
      code: 'too-large',
      sent: 'yes',
      target,
      receivedBytes: size,
    })
  }
}
