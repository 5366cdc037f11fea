const lineFeed = 0x0a
const carriageReturn = 0x0d
/** Lines up to here are looked through one by one, which is faster than a search of a few bytes. */
const short = 128

/** Finds the ends of lines in a chunk, one after the other. A search that found nothing is not made again. */
export class LineEnds {
  readonly #chunk: Buffer
  #lineFeed = -1
  #carriageReturn = -1

  constructor(chunk: Buffer) {
    this.#chunk = chunk
  }

  /** Where the first CR or LF at or after `from` is; the chunk's length where there is none. */
  next(from: number): number {
    const chunk = this.#chunk
    const { length } = chunk
    const near = Math.min(from + short, length)
    for (let at = from; at < near; at += 1) {
      const byte = chunk[at]
      if (byte === lineFeed || byte === carriageReturn) return at
    }
    if (near === length) return length
    if (this.#lineFeed < near) this.#lineFeed = found(chunk.indexOf(lineFeed, near), length)
    if (this.#carriageReturn < near) this.#carriageReturn = found(chunk.indexOf(carriageReturn, near), length)
    return Math.min(this.#lineFeed, this.#carriageReturn)
  }
}

function found(at: number, length: number): number {
  return at === -1 ? length : at
}
