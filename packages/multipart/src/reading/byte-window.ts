/**
 * Bytes that came and were not taken yet. One chunk is looked at where it is; what must be joined is copied into memory
 * that grows by doubling, so that a message in chunks of one byte costs no more than in proportion to its length. Memory
 * that was given out is never written again.
 */
export class ByteWindow {
  #memory: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #isOwn = true

  get length(): number {
    return this.#end - this.#start
  }

  /** What is here, without a copy. */
  get view(): Buffer {
    return this.#memory.subarray(this.#start, this.#end)
  }

  append(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#memory = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      this.#start = 0
      this.#end = chunk.byteLength
      this.#isOwn = false
      return
    }
    const size = this.length + chunk.byteLength
    if (!this.#isOwn || this.#end + chunk.byteLength > this.#memory.byteLength) {
      const memory = Buffer.allocUnsafeSlow(Math.max(256, chunk.byteLength > this.length ? size : size * 2))
      this.#memory.copy(memory, 0, this.#start, this.#end)
      this.#memory = memory
      this.#end = this.length
      this.#start = 0
      this.#isOwn = true
    }
    this.#memory.set(chunk, this.#end)
    this.#end += chunk.byteLength
  }

  /** Lets go of the first so many bytes. */
  skip(count: number): void {
    this.#start += count
  }
}
