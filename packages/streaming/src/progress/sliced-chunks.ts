import type { Brake } from './brake.ts'
import type { WaitGuard } from './wait-guard.ts'

/**
 * The bytes of `chunks` in slices of at most `maxBytes`, each when the brake lets it pass. Views, no copies. Leaving the
 * iteration leaves the chunks and the timer at once, also while a slice is awaited.
 */
export function slicedChunks(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  brake?: Brake,
  guard?: WaitGuard,
): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new Slices(chunks[Symbol.asyncIterator](), maxBytes, brake, guard) }
}

type Item = IteratorResult<Uint8Array, undefined>

const ended: Item = Object.freeze({ done: true, value: undefined })

class Slices implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #maxBytes: number
  readonly #brake: Brake | undefined
  readonly #guard: WaitGuard | undefined
  #rest: Uint8Array | undefined
  #isOver = false
  /** Ends the wait for the brake. */
  #leave: (() => void) | undefined

  constructor(
    source: AsyncIterator<Uint8Array>,
    maxBytes: number,
    brake: Brake | undefined,
    guard: WaitGuard | undefined,
  ) {
    this.#source = source
    this.#maxBytes = maxBytes
    this.#brake = brake
    this.#guard = guard
  }

  next(): Promise<Item> {
    if (this.#isOver) return Promise.resolve(ended)
    const rest = this.#rest
    if (rest !== undefined) return this.#cut(rest)
    return this.#source.next().then(this.#take)
  }

  async return(): Promise<Item> {
    if (this.#isOver) return ended
    this.#isOver = true
    this.#rest = undefined
    this.#leave?.()
    await this.#source.return?.()
    return ended
  }

  readonly #take = (item: IteratorResult<Uint8Array>): Promise<Item> | Item => {
    if (this.#isOver) return ended
    if (item.done !== true) return this.#cut(item.value)
    this.#isOver = true
    return ended
  }

  #cut(chunk: Uint8Array): Promise<Item> {
    const isWhole = chunk.byteLength <= this.#maxBytes
    const slice = isWhole ? chunk : chunk.subarray(0, this.#maxBytes)
    this.#rest = isWhole ? undefined : chunk.subarray(this.#maxBytes)
    const item: Item = { done: false, value: slice }
    return this.#brake === undefined ? Promise.resolve(item) : this.#brakedItem(item, slice.byteLength, this.#brake)
  }

  #brakedItem(item: Item, bytes: number, brake: Brake): Promise<Item> {
    const { promise, resolve, reject } = Promise.withResolvers<Item>()
    let release: (() => void) | undefined
    const cancel = brake.wait(bytes, () => {
      release?.()
      this.#leave = undefined
      resolve(item)
    })
    if (cancel === undefined) return Promise.resolve(item)
    const end = (): void => {
      cancel()
      release?.()
      this.#leave = undefined
    }
    this.#leave = () => {
      end()
      resolve(ended)
    }
    release = this.#guard?.watch((failure) => {
      end()
      this.#isOver = true
      this.#rest = undefined
      void this.#leaveSource().catch(() => undefined)
      reject(failure)
    })
    return promise
  }

  /** Its own failure to stop concerns nobody: there is one already. */
  async #leaveSource(): Promise<void> {
    await this.#source.return?.()
  }
}
