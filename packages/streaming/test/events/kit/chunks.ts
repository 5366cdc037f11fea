export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export async function* streamOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

export function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

/** Split at each of the places, which may be in any order. */
export function splitAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.byteLength + 1)), bytes.byteLength].sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

/** Every way to give a stream in two pieces, and the one in pieces of one byte. */
export function* allSplits(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.byteLength; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)]
  yield inPieces(bytes, 1)
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** A source that counts what is asked of it, and gives nothing more after its chunks, until it is left. */
export class SilentSource implements AsyncIterable<Uint8Array> {
  asked = 0
  left = 0
  readonly #chunks: readonly Uint8Array[]
  #release: (() => void) | undefined

  constructor(...chunks: readonly Uint8Array[]) {
    this.#chunks = chunks
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => {
        const value = this.#chunks[this.asked]
        this.asked += 1
        if (value !== undefined) return Promise.resolve({ done: false, value })
        return new Promise((resolve) => {
          this.#release = () => resolve({ done: true, value: undefined })
        })
      },
      return: () => {
        this.left += 1
        this.#release?.()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }
}

/** A turn of the event loop: what can run has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
