import type { Visit } from './visit.ts'

/** Watches over one read at a time. */
export interface ReadGuard {
  watch<T>(read: Promise<T>): Promise<T>
  stop(): void
}

/** Chunks, read for a consumer who may leave. */
export class ChunkSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #visit: Visit
  readonly #guard: ReadGuard | undefined
  #state: 'open' | 'reading' | 'ended' = 'open'

  constructor(chunks: AsyncIterable<Uint8Array>, visit: Visit, guard?: ReadGuard) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#visit = visit
    this.#guard = guard
  }

  /** The next chunk; `undefined` where there is none, or nobody is left to take it. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#visit.left) return undefined
    const item = await this.#visit.until(this.#guard === undefined ? this.#read() : this.#guard.watch(this.#read()))
    return item === undefined || item.done === true ? undefined : item.value
  }

  /** Lets go of the source. Waits for it unless it is being read: it may be one that hears of this afterwards. */
  async close(): Promise<void> {
    this.#guard?.stop()
    if (this.#state === 'ended') return
    const isRead = this.#state === 'reading'
    this.#state = 'ended'
    try {
      const left = this.#chunks.return?.()
      if (isRead) left?.catch(nothing)
      else await left
    } catch {
      // How a source that nobody reads any more ends concerns nobody.
    }
  }

  async #read(): Promise<IteratorResult<Uint8Array>> {
    this.#state = 'reading'
    try {
      const item = await this.#chunks.next()
      if (this.#state === 'reading') this.#state = item.done === true ? 'ended' : 'open'
      return item
    } catch (error) {
      this.#state = 'ended'
      throw error
    }
  }
}

/** Lets go of chunks that were never read. */
export async function leaveUnread(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await chunks[Symbol.asyncIterator]().return?.()
}

function nothing(): void {}
