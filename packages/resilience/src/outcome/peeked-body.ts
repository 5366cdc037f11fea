import { bodyTaken, type ResponseBody, type SettledListener } from '@halyard/core'

/** A response body whose beginning was looked at; whoever reads it afterwards still gets all of it. */
export class PeekedBody implements ResponseBody {
  readonly #inner: ResponseBody
  readonly #rest: AsyncIterator<Uint8Array>
  #seen: Uint8Array[] = []
  #ended = false
  #failed = false
  #failure: unknown
  #taken = false

  constructor(inner: ResponseBody) {
    this.#inner = inner
    this.#rest = inner.stream()[Symbol.asyncIterator]()
  }

  /** The beginning, at most `maxBytes`; all of it where it is shorter. Call once. Rejects where the body is cut before. */
  async peek(maxBytes: number): Promise<Uint8Array> {
    let size = 0
    while (size < maxBytes) {
      const chunk = await this.#next()
      if (chunk === undefined) break
      this.#seen.push(chunk)
      size += chunk.byteLength
    }
    return joined(this.#seen).subarray(0, maxBytes)
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.stream()) chunks.push(chunk)
    return joined(chunks)
  }

  stream(): AsyncIterable<Uint8Array> {
    if (this.#taken) throw bodyTaken('')
    this.#taken = true
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: async () => {
        const value = this.#seen.shift() ?? (await this.#next())
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      return: async () => {
        await this.#leave()
        return { done: true, value: undefined }
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  async discard(): Promise<void> {
    this.#taken = true
    await this.#leave()
    await this.#inner.discard()
  }

  onSettled(listener: SettledListener): void {
    this.#inner.onSettled(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#failed) throw this.#failure
    if (this.#ended) return undefined
    try {
      const step = await this.#rest.next()
      if (step.done !== true) return step.value
      this.#ended = true
      return undefined
    } catch (failure) {
      this.#failed = true
      this.#failure = failure
      throw failure
    }
  }

  async #leave(): Promise<void> {
    this.#seen = []
    if (this.#ended || this.#failed) return
    this.#ended = true
    await this.#rest.return?.()
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const only = chunks[0]
  if (only !== undefined && chunks.length === 1) return only
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.byteLength
  }
  return all
}
