import type { FileHandle } from 'node:fs/promises'
import { BodyError } from '@halyard/core'

/** Written in one go: each write is a trip to a worker thread, and less is not worth one. */
const batchBytes = 1_048_576
/** Chunks written in one go, where they are small: as many as systems take. */
const batchChunks = 1024
/**
 * How many batches may be gathered while one is written, before whoever brings chunks has to wait. With 4 it takes half as
 * long again: chunks are out of the processor's cache by the time that they are written.
 */
const batchesWaiting = 2
/** Memory that chunks are copied into, where they must be. */
const blockBytes = 262_144

/** Chunks that are written in one go, and the memory of those that were copied. */
interface Batch {
  readonly chunks: Uint8Array[]
  readonly blocks: Uint8Array[]
}

/** Writes chunks to a file in their order: a batch is gathered while the last one is written. */
export class FileWriter {
  readonly #file: FileHandle
  #batch: Batch = newBatch()
  #size = 0
  #written = 0
  /** How much of the batch's last block is used. */
  #used = 0
  readonly #free: Uint8Array[] = []
  /** Rejected, and kept, when a write has failed. */
  #writing: Promise<void> | undefined
  #failed = false

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Takes a chunk; a promise where the file is too far behind. One that is not copied must not be changed any more. */
  add(chunk: Uint8Array, copies = false): Promise<void> | undefined {
    if (copies) this.#copy(chunk)
    else this.#batch.chunks.push(chunk)
    this.#size += chunk.byteLength
    if (!this.#isFull(1)) return undefined
    if (this.#writing === undefined) this.#write()
    else if (this.#failed || this.#isFull(batchesWaiting)) return this.#writing
    return undefined
  }

  /** Writes what is left, and says how many bytes that made. @throws BodyError with code `file` */
  async end(): Promise<number> {
    while (this.#writing !== undefined || this.#size > 0) {
      if (this.#writing === undefined) this.#write()
      await this.#writing
    }
    return this.#written
  }

  #isFull(batches: number): boolean {
    return this.#size >= batches * batchBytes || this.#batch.chunks.length >= batches * batchChunks
  }

  /** Into memory that is used again when it is written. */
  #copy(chunk: Uint8Array): void {
    const { chunks, blocks } = this.#batch
    for (let at = 0; at < chunk.byteLength;) {
      let block = blocks.at(-1)
      const goesOn = block !== undefined && this.#used < blockBytes && chunks.at(-1)?.buffer === block.buffer
      if (block === undefined || !goesOn) {
        block = this.#free.pop() ?? new Uint8Array(new ArrayBuffer(blockBytes))
        blocks.push(block)
        chunks.push(block)
        this.#used = 0
      }
      const piece = chunk.subarray(at, at + blockBytes - this.#used)
      block.set(piece, this.#used)
      this.#used += piece.byteLength
      at += piece.byteLength
      chunks[chunks.length - 1] = block.subarray(0, this.#used)
    }
  }

  #write(): void {
    const { chunks, blocks } = this.#batch
    this.#batch = newBatch()
    this.#written += this.#size
    this.#size = 0
    this.#writing = writeAll(this.#file, chunks).then(() => {
      this.#writing = undefined
      this.#free.push(...blocks)
      if (this.#isFull(1)) this.#write()
    })
    this.#writing.catch(() => {
      this.#failed = true
    })
  }
}

function newBatch(): Batch {
  return { chunks: [], blocks: [] }
}

/** A write may take less than it was given, as before a disk is full. */
async function writeAll(file: FileHandle, batch: Uint8Array[]): Promise<void> {
  let left = batch
  while (left.length > 0) {
    const { bytesWritten } = await ofFile(file.writev(left))
    const rest = behind(left, bytesWritten)
    if (bytesWritten === 0 && rest.length > 0) throw unsaved(new Error('the file takes no more bytes'))
    left = rest
  }
}

/** What follows the first so many bytes. */
function behind(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count
  let at = 0
  for (; at < chunks.length; at += 1) {
    const size = chunks[at]?.byteLength ?? 0
    if (size > skip) break
    skip -= size
  }
  const [first, ...others] = chunks.slice(at)
  return first === undefined ? [] : [first.subarray(skip), ...others]
}

/** @throws BodyError with code `file` where the file system refuses, its error as the cause */
export async function ofFile<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw unsaved(cause)
  }
}

function unsaved(cause: unknown): BodyError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new BodyError(`the part cannot be saved${code}`, { code: 'file', sent: 'yes', target: '', cause })
}
