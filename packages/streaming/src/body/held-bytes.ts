const smallest = 256

/** Bytes that wait for what follows them. Grows by doubling: in pieces of one byte it takes linear time, too. */
export class HeldBytes {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.byteLength
    if (length > this.#bytes.byteLength) {
      const grown = Buffer.allocUnsafeSlow(Math.max(smallest, length, this.#bytes.byteLength * 2))
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** All of them, which belong to the caller from here on. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
    return bytes
  }
}

/** The same memory, as a Buffer. */
export function asBuffer(chunk: Uint8Array): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk
  if (!(chunk instanceof Uint8Array)) throw new TypeError('a stream is read from chunks of bytes')
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
