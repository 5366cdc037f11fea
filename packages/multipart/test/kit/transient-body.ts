import type { ChunkTaker } from '@halyard/core'

export interface TransientOptions {
  /** How many chunks come in one go, before anybody else has a turn. @defaultValue 1 */
  readonly burst?: number
  /** What it fails with when all chunks have come. */
  readonly failure?: Error
  /** Whether it gives nothing more after its chunks, and does not end. */
  readonly isSilent?: boolean
}

/** A body as transports give it: each chunk is written over when its taker has returned. */
export class TransientBody {
  readonly #chunks: readonly Uint8Array[]
  readonly #options: TransientOptions
  readonly #memory = Buffer.alloc(65_536)
  readonly #left = Promise.withResolvers<void>()
  discarded = 0
  streamed = 0
  given = 0
  isLeft = false

  constructor(chunks: readonly Uint8Array[], options: TransientOptions = {}) {
    this.#chunks = chunks
    this.#options = options
  }

  async drainTo(take: ChunkTaker): Promise<void> {
    const { burst = 1, failure, isSilent = false } = this.#options
    for (const chunk of this.#chunks) {
      if (this.given % burst === 0) await new Promise((resolve) => void setImmediate(resolve))
      if (this.isLeft) return
      this.#memory.set(chunk)
      this.given += 1
      try {
        const room = take(this.#memory.subarray(0, chunk.byteLength))
        this.#memory.fill('!', 0, chunk.byteLength)
        if (room !== undefined) await room
      } catch (error) {
        this.#leave()
        throw error
      }
    }
    if (failure !== undefined) throw failure
    if (isSilent) await this.#left.promise
  }

  stream(): AsyncIterable<Uint8Array> {
    this.streamed += 1
    throw new Error('it was to be drained')
  }

  discard(): Promise<void> {
    this.discarded += 1
    this.#leave()
    return Promise.resolve()
  }

  #leave(): void {
    this.isLeft = true
    this.#left.resolve()
  }
}
