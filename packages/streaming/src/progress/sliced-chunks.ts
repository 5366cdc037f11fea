import type { CancelTimer } from '@halyard/core'
import type { Brake } from './brake.ts'

/**
 * The bytes of `chunks` in slices of at most `maxBytes`, each when the brake lets it pass. Views, no copies. Leaving the
 * iteration leaves the chunks and the timer at once, also while a slice is awaited.
 */
export function slicedChunks(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  brake?: Brake,
): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new Slices(chunks[Symbol.asyncIterator](), maxBytes, brake) }
}

type Item = IteratorResult<Uint8Array, undefined>

const ended: Item = Object.freeze({ done: true, value: undefined })

class Slices implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #maxBytes: number
  readonly #brake: Brake | undefined
  #rest: Uint8Array | undefined
  #hasLeft = false
  /** Ends the wait for the brake. */
  #leave: (() => void) | undefined

  constructor(source: AsyncIterator<Uint8Array>, maxBytes: number, brake: Brake | undefined) {
    this.#source = source
    this.#maxBytes = maxBytes
    this.#brake = brake
  }

  next(): Promise<Item> {
    if (this.#hasLeft) return Promise.resolve(ended)
    const rest = this.#rest
    if (rest !== undefined) return this.#cut(rest)
    return this.#source.next().then(this.#take)
  }

  async return(): Promise<Item> {
    this.#hasLeft = true
    this.#rest = undefined
    this.#leave?.()
    await this.#source.return?.()
    return ended
  }

  readonly #take = (item: IteratorResult<Uint8Array>): Promise<Item> | Item => {
    if (this.#hasLeft || item.done === true) return ended
    return this.#cut(item.value)
  }

  #cut(chunk: Uint8Array): Promise<Item> {
    const isWhole = chunk.byteLength <= this.#maxBytes
    const item: Item = { done: false, value: isWhole ? chunk : chunk.subarray(0, this.#maxBytes) }
    this.#rest = isWhole ? undefined : chunk.subarray(this.#maxBytes)
    const brake = this.#brake
    if (brake === undefined) return Promise.resolve(item)
    const { promise, resolve } = Promise.withResolvers<Item>()
    const cancel: CancelTimer | undefined = brake.wait(item.value.byteLength, () => {
      this.#leave = undefined
      resolve(item)
    })
    if (cancel === undefined) return Promise.resolve(item)
    this.#leave = () => {
      this.#leave = undefined
      cancel()
      resolve(ended)
    }
    return promise
  }
}
