/** What is used of a file handle. */
export interface WritableFile {
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>
}

export interface FileWriterInit {
  readonly file: WritableFile
  /** Where the first byte goes. */
  readonly position: number
  /** One write at a time, so that a file that ends early has all bytes before its end. Else two. */
  readonly inOrder: boolean
  /** Whether what is pushed is there for the moment only, and must be copied. The memory is used again. */
  readonly copies?: boolean | undefined
  /** Told once of the first write that fails, or does nothing; whoever pushes or drains is told as well. */
  readonly onFailure: (cause: unknown) => unknown
}

/** Enough for a trip to a worker thread: less is gathered further. */
const leastBytes = 262_144
const mostBytes = 1_048_576
/**
 * Chunks that wait, or are being written: with more, nothing further is read. With 8 MiB the system spends a third more
 * time to write the same bytes, for they are out of the processor's cache by then.
 */
const fullBytes = 2_097_152
const roomBytes = 1_048_576
/** A chunk of less is copied, lest a million small ones be a million objects. */
const smallBytes = 8_192
const stagingBytes = 65_536
/** Memory that chunks are copied into, if they must be, and how much of it is kept for later. */
const blockBytes = 262_144
const keptBlocks = 12

class Batch {
  readonly chunks: Uint8Array[] = []
  bytes = 0
}

/** Writes chunks to a file in large batches, while the next ones are gathered. */
export class FileWriter {
  readonly #file: WritableFile
  readonly #slots: number
  readonly #onFailure: (cause: unknown) => unknown
  /** Oldest first; the last one is still gathering. */
  readonly #batches: Batch[] = []
  #waitingBytes = 0
  #inFlight = 0
  /** Where the next batch goes. */
  #position: number
  #pushedTo: number
  #draining = false
  #failure: { readonly error: unknown } | undefined
  #onRoom: (() => void) | undefined
  #onEmpty: (() => void) | undefined
  /** Small chunks are copied into this, from `#staged` on. */
  #staging: Uint8Array | undefined
  #staged = 0
  readonly #copies: boolean
  /** Of the last batch. */
  #block: Uint8Array | undefined
  #used = 0
  readonly #free: Uint8Array[] = []

  constructor({ file, position, inOrder, copies = false, onFailure }: FileWriterInit) {
    this.#copies = copies
    this.#file = file
    this.#position = position
    this.#pushedTo = position
    this.#slots = inOrder ? 1 : 2
    this.#onFailure = onFailure
  }

  /** Where the next chunk that is pushed goes. */
  get position(): number {
    return this.#pushedTo
  }

  /** Takes a chunk. What it returns resolves when there is room for another; `undefined` where there is already. */
  push(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error
    if (chunk.byteLength === 0) return undefined
    this.#pushedTo += chunk.byteLength
    this.#waitingBytes += chunk.byteLength
    if (this.#copies) this.#copy(chunk)
    else this.#gather(chunk)
    this.#start()
    if (this.#waitingBytes < fullBytes) return undefined
    return this.#until((resolve) => (this.#onRoom = resolve))
  }

  /** Writes all that was pushed. */
  async drain(): Promise<void> {
    if (this.#failure === undefined) {
      this.#draining = true
      this.#start()
    }
    // Also after a failure: the file must not be closed under a write.
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
    this.#draining = false
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Writes no more, and waits for what is being written: the file must not be closed under it. */
  async stop(): Promise<void> {
    this.#batches.length = 0
    this.#failure ??= { error: new Error('nothing more is written') }
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  /** The batch that is gathering. */
  #batch(): Batch {
    const last = this.#batches.at(-1)
    if (last !== undefined && last.bytes < mostBytes) return last
    const batch = new Batch()
    this.#batches.push(batch)
    this.#block = undefined
    return batch
  }

  #copy(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength;) {
      const batch = this.#batch()
      if (this.#block === undefined || this.#used === blockBytes) {
        this.#block = this.#free.pop() ?? new Uint8Array(blockBytes)
        this.#used = 0
        batch.chunks.push(this.#block)
      }
      const piece = chunk.subarray(at, at + blockBytes - this.#used)
      this.#block.set(piece, this.#used)
      this.#used += piece.byteLength
      at += piece.byteLength
      batch.bytes += piece.byteLength
      batch.chunks[batch.chunks.length - 1] = this.#block.subarray(0, this.#used)
    }
  }

  #gather(chunk: Uint8Array): void {
    const batch = this.#batch()
    batch.bytes += chunk.byteLength
    if (chunk.byteLength >= smallBytes) {
      this.#staging = undefined
      batch.chunks.push(chunk)
    } else this.#stage(batch, chunk)
  }

  /** Adds to the batch's last piece, where that is the staging memory and has room. */
  #stage(batch: Batch, chunk: Uint8Array): void {
    let staging = this.#staging
    const last = batch.chunks.at(-1)
    if (staging === undefined || this.#staged + chunk.byteLength > stagingBytes || last?.buffer !== staging.buffer) {
      staging = new Uint8Array(stagingBytes)
      this.#staging = staging
      this.#staged = 0
      batch.chunks.push(staging.subarray(0, 0))
    }
    staging.set(chunk, this.#staged)
    this.#staged += chunk.byteLength
    batch.chunks[batch.chunks.length - 1] = staging.subarray(0, this.#staged)
  }

  #start(): void {
    while (this.#inFlight < this.#slots) {
      const batch = this.#batches[0]
      if (batch === undefined || (batch.bytes < leastBytes && !this.#draining)) return
      this.#batches.shift()
      const position = this.#position
      this.#position += batch.bytes
      this.#inFlight += 1
      this.#write(batch, position).then(
        () => this.#written(batch),
        (error: unknown) => this.#failed(error),
      )
    }
  }

  async #write(batch: Batch, from: number): Promise<void> {
    let chunks: readonly Uint8Array[] = batch.chunks
    let position = from
    const end = from + batch.bytes
    for (;;) {
      const { bytesWritten } = await this.#file.writev(chunks, position)
      position += bytesWritten
      if (position === end) return
      // A disk that is nearly full takes a part, and refuses the rest.
      if (bytesWritten === 0) throw new Error('the file takes no more bytes')
      chunks = behind(chunks, bytesWritten)
    }
  }

  #written(batch: Batch): void {
    this.#inFlight -= 1
    this.#waitingBytes -= batch.bytes
    if (this.#copies)
      for (const { buffer } of batch.chunks) if (this.#free.length < keptBlocks) this.#free.push(new Uint8Array(buffer))
    if (this.#failure === undefined) this.#start()
    if (this.#waitingBytes <= roomBytes) this.#tell()
    if (this.#inFlight === 0) this.#onEmpty?.()
  }

  #failed(error: unknown): void {
    this.#inFlight -= 1
    const isFirst = this.#failure === undefined
    this.#failure ??= { error }
    this.#batches.length = 0
    this.#tell()
    if (this.#inFlight === 0) this.#onEmpty?.()
    if (isFirst) this.#onFailure(error)
  }

  #tell(): void {
    const onRoom = this.#onRoom
    this.#onRoom = undefined
    onRoom?.()
  }

  async #until(wait: (resolve: () => void) => void): Promise<void> {
    await new Promise<void>(wait)
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

/** What is left after `bytes` of the chunks. */
function behind(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  let index = 0
  for (const chunk of chunks) {
    if (skip < chunk.byteLength) return [chunk.subarray(skip), ...chunks.slice(index + 1)]
    skip -= chunk.byteLength
    index += 1
  }
  return []
}
