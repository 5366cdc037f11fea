import { open, type FileHandle } from 'node:fs/promises'

/** Large reads: each costs a trip to a worker thread. The least that may be used again. */
const chunkBytes = 524_288

/**
 * The bytes of a file, opened when the first are asked for. The next chunk is read while the last one is on its way, and
 * no more than that: where memory may be used again, all goes through the same two chunks.
 */
export class FileChunks implements AsyncIterator<Uint8Array, undefined> {
  readonly #path: string
  /** How many bytes it is said to have beyond those that were read. */
  #left: number
  #position = 0
  #reuse: boolean
  /** The memory of the chunk that is given out, and of the one before it, which is read into next. */
  #memory: [last: Buffer | undefined, free: Buffer | undefined] = [undefined, undefined]
  #file: Promise<FileHandle> | undefined
  #ahead: Promise<Uint8Array> | undefined
  #ended = false

  constructor(path: string, size: number, reuse: boolean) {
    this.#path = path
    this.#left = size
    this.#reuse = reuse
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#ended) return done
    const reading = this.#ahead ?? this.#read()
    this.#ahead = reading.then((chunk) => (chunk.byteLength === 0 ? chunk : this.#read()))
    // Whoever asks for it is told.
    this.#ahead.catch(nothing)
    try {
      const chunk = await reading
      if (chunk.byteLength > 0) return this.#ended ? done : { done: false, value: chunk }
    } catch (error) {
      // Whoever left does not want to know.
      if (this.#ended) return done
      await this.return()
      throw error
    }
    return await this.return()
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true
    const file = this.#file
    this.#file = undefined
    // It waits for a read that is on its way. What was read is as it was, whatever closing says.
    await file?.then((handle) => handle.close()).catch(nothing)
    return done
  }

  /** Nothing at the end of the file. */
  async #read(): Promise<Uint8Array> {
    if (this.#ended) return nothingRead
    this.#file ??= open(this.#path)
    const file = await this.#file
    if (this.#ended) return nothingRead
    // One byte more than there should be: a file that has grown is noticed.
    const memory = this.#next(Math.min(chunkBytes, this.#left + 1))
    const { bytesRead } = await file.read(memory, 0, memory.byteLength, this.#position)
    // What is shorter may not have been written when the next is asked for.
    if (bytesRead < chunkBytes) this.#reuse = false
    this.#position += bytesRead
    this.#left = Math.max(0, this.#left - bytesRead)
    return memory.subarray(0, bytesRead)
  }

  /** Memory for the chunk behind the last one. */
  #next(size: number): Buffer {
    const [last, free] = this.#memory
    const memory = this.#reuse && size === free?.byteLength ? free : Buffer.allocUnsafeSlow(size)
    this.#memory = [memory, last]
    return memory
  }
}

const done = { done: true, value: undefined } as const
const nothingRead = new Uint8Array()

function nothing(): void {}
