/** Texts that wait to be sent together, in UTF-8. */
export class GatheredTexts {
  readonly #pieces: Buffer[] = []
  #text = ''
  #size = 0

  /** In bytes. */
  get size(): number {
    return this.#size
  }

  add(piece: string | Uint8Array): void {
    this.#size += sizeOf(piece)
    if (typeof piece === 'string') {
      this.#text += piece
      return
    }
    this.#flush()
    this.#pieces.push(Buffer.from(piece))
  }

  take(): Buffer {
    this.#flush()
    const [only] = this.#pieces
    const bytes = only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces)
    this.#pieces.length = 0
    this.#size = 0
    return bytes
  }

  #flush(): void {
    if (this.#text === '') return
    this.#pieces.push(Buffer.from(this.#text))
    this.#text = ''
  }
}

export function sizeOf(piece: string | Uint8Array): number {
  return typeof piece === 'string' ? Buffer.byteLength(piece) : piece.byteLength
}
