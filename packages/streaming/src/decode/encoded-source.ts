import type { ResponseBody } from '@halyard/core'

/** Told of each chunk before it is decoded. */
export type EncodedListener = (chunk: Uint8Array) => void

/** The bytes of a body as they come from the wire. */
export class EncodedSource {
  readonly #inner: ResponseBody
  readonly #listeners: EncodedListener[] = []
  /** What was taken whole and could not be decoded at once. */
  #held: Uint8Array | undefined

  constructor(inner: ResponseBody) {
    this.#inner = inner
  }

  onEncoded(listener: EncodedListener): void {
    this.#listeners.push(listener)
  }

  /** Decodes the whole where it is here; where `decode` cannot, it stays to be read as a stream. */
  decodeWhole(decode: (encoded: Uint8Array) => Uint8Array | undefined): Uint8Array | undefined {
    if (this.#held !== undefined) return undefined
    const encoded = this.#inner.takeBuffered?.()
    if (encoded === undefined) return undefined
    const decoded = decode(encoded)
    if (decoded === undefined) this.#held = encoded
    else this.#tell(encoded)
    return decoded
  }

  /** Claims the body. Leaving the iterator lets go of it. */
  open(): AsyncIterator<Uint8Array> {
    const held = this.#held
    this.#held = undefined
    const inner = held === undefined ? this.#inner.stream()[Symbol.asyncIterator]() : oneChunk(held)
    if (this.#listeners.length === 0) return inner
    return {
      next: async () => {
        const item = await inner.next()
        if (item.done !== true) this.#tell(item.value)
        return item
      },
      return: async () => {
        await inner.return?.()
        return { done: true, value: undefined }
      },
    }
  }

  /** The rest is not wanted. */
  discard(): void {
    this.#held = undefined
  }

  #tell(chunk: Uint8Array): void {
    for (const listener of this.#listeners) listener(chunk)
  }
}

/** An iterator over bytes that are here. */
export function oneChunk(bytes: Uint8Array): AsyncIterator<Uint8Array> {
  let isLeft = bytes.byteLength > 0
  return {
    next: () => {
      if (!isLeft) return Promise.resolve({ done: true, value: undefined })
      isLeft = false
      return Promise.resolve({ done: false, value: bytes })
    },
  }
}
