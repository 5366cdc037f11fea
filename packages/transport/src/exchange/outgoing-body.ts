/**
 * A request body of many chunks, on its way. Tells a failure of the source from one of the socket, and stops the
 * source when the exchange ends, however it ends.
 */
export class OutgoingBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>
  #stopped = false
  finished = false
  failed = false
  failure: unknown

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      const item = await this.#source.next()
      if (item.done === true) {
        this.finished = true
        return { done: true, value: undefined }
      }
      if (!(item.value instanceof Uint8Array)) {
        throw new TypeError(`chunks of a request body must be Uint8Array, got ${typeof item.value}`)
      }
      return item
    } catch (failure) {
      this.failed = true
      this.failure = failure
      throw failure
    }
  }

  /** undici left its loop. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.stop()
    return Promise.resolve({ done: true, value: undefined })
  }

  stop(): void {
    if (this.#stopped || this.finished) return
    this.#stopped = true
    // The source's own failure to stop concerns nobody: the exchange has ended.
    void this.#source.return?.()?.then(undefined, () => undefined)
  }
}
