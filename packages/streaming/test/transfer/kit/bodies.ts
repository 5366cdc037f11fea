import { bytesBody, factoryBody, streamBody, textBody, type RequestBody } from '@halyard/core'

/** Chunks from empty to larger than a slice; 300 005 bytes. */
export function someChunks(): Uint8Array[] {
  return [1, 0, 65_536, 200_000, 4, 34_464].map((size, index) => new Uint8Array(size).fill(65 + index))
}

export const someBytes = 300_005

async function* generate(): AsyncGenerator<Uint8Array, void, undefined> {
  yield* someChunks()
}

/** Each kind of body that a request can have. */
export const bodyKinds: readonly { readonly kind: string; readonly make: () => RequestBody; readonly bytes: number }[] =
  [
    { kind: 'a string', make: () => textBody('grüezi'), bytes: 7 },
    { kind: 'an empty string', make: () => textBody(''), bytes: 0 },
    { kind: 'bytes', make: () => bytesBody(Buffer.concat(someChunks())), bytes: someBytes },
    { kind: 'no bytes', make: () => bytesBody(new Uint8Array()), bytes: 0 },
    { kind: 'a factory', make: () => factoryBody(generate), bytes: someBytes },
    { kind: 'a factory of known length', make: () => factoryBody(generate, { length: someBytes }), bytes: someBytes },
    { kind: 'a stream', make: () => streamBody(generate()), bytes: someBytes },
    { kind: 'a stream of known length', make: () => streamBody(generate(), { length: someBytes }), bytes: someBytes },
    { kind: 'an empty stream', make: () => streamBody(ReadableStream.from([])), bytes: 0 },
  ]

/** A source that is read by hand, and tells how often it was left. */
export class WatchedSource implements AsyncIterator<Uint8Array, undefined> {
  readonly #chunks: Uint8Array[]
  readonly #hangs: boolean
  readonly #stuck: PromiseWithResolvers<IteratorResult<Uint8Array, undefined>> = Promise.withResolvers()
  left = 0

  /** `hangs`: after the last chunk nothing comes. */
  constructor(chunks: readonly Uint8Array[], hangs = false) {
    this.#chunks = [...chunks]
    this.#hangs = hangs
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#chunks.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    return this.#hangs ? this.#stuck.promise : Promise.resolve({ done: true, value: undefined })
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.left += 1
    this.#stuck.resolve({ done: true, value: undefined })
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
