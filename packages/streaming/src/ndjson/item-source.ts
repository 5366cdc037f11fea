import { ReadableStream } from 'node:stream/web'

/** What a body of JSON texts is made of. */
export type JsonItems = Iterable<unknown> | AsyncIterable<unknown>

/** Items, one by one. Closing stops where they come from, also one that is waited for. */
export class ItemSource {
  readonly #items: JsonItems
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>
  #state: 'open' | 'pending' | 'ended' = 'open'

  constructor(items: JsonItems) {
    this.#items = items
    this.#iterator = iteratorOf(items)
  }

  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    const item = this.#iterator.next()
    if (isPromise(item)) return this.#settled(item)
    if (item.done === true) this.#state = 'ended'
    return item
  }

  /** Does not wait for a source that is waited for itself: it may hear of this only when its next item comes. */
  async close(): Promise<void> {
    if (this.#state === 'ended') return
    const isPending = this.#state === 'pending'
    this.#state = 'ended'
    const items = this.#items
    try {
      if (isPending && 'destroy' in items && typeof items.destroy === 'function') items.destroy()
      const left = this.#iterator.return?.()
      if (!isPromise(left)) return
      if (isPending) Promise.resolve(left).catch(() => undefined)
      else await left
    } catch {
      // How a source that nobody reads any more ends concerns nobody.
    }
  }

  async #settled(item: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
    this.#state = 'pending'
    try {
      const result = await item
      if (this.#state === 'pending') this.#state = result.done === true ? 'ended' : 'open'
      return result
    } catch (error) {
      this.#state = 'ended'
      throw error
    }
  }
}

/** Whether something has to be waited for: promises of other kinds, too. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function iteratorOf(items: JsonItems): Iterator<unknown> | AsyncIterator<unknown> {
  // Its own iterator does not hear that it is left while it waits.
  if (items instanceof ReadableStream) return webItems(items)
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

function webItems(stream: ReadableStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader()
  return {
    next: () => reader.read(),
    return: async () => {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}
