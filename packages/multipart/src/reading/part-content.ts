import { bodyTaken } from '@halyard/core'
import type { Ledger } from './ledger.ts'
import type { MessageReader } from './message-reader.ts'

/** Where the bytes of a part come from. */
export interface PartContent {
  /** The bytes as they come. Whoever leaves them early leaves the rest of the part. */
  stream(): AsyncIterable<Uint8Array>
  /** Reads the part in one go: what is asked of the message meanwhile waits. */
  read<T>(use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T>
  /** Never throws: what is wrong with the message, the next part will say. */
  discard(): Promise<void>
}

/** Reads from the message while it comes: once, and not after the next part was taken. */
export class StreamedContent implements PartContent {
  readonly #message: MessageReader
  readonly #ledger: Ledger
  #taken = false
  #ended = false
  #passed = false

  constructor(message: MessageReader, ledger: Ledger) {
    this.#message = message
    this.#ledger = ledger
  }

  /** The message goes on to its next part. */
  pass(): void {
    if (this.#passed) return
    this.#passed = true
    this.#ended = !this.#message.inContent
  }

  stream(): AsyncIterable<Uint8Array> {
    this.#take()
    return this.#chunks(() => this.#message.exclusive(() => this.#next()))
  }

  async read<T>(use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    this.#take()
    return await this.#message.exclusive(() => use(this.#chunks(() => this.#next())))
  }

  async discard(): Promise<void> {
    this.#taken = true
    try {
      await this.#message.exclusive(async () => {
        while (!this.#passed && !this.#message.closed) if ((await this.#next()).done === true) return
      })
    } catch {
      // The message keeps its failure.
    }
  }

  #take(): void {
    if (this.#taken) throw bodyTaken('')
    this.#taken = true
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#ended) return Promise.resolve(done)
    if (!this.#passed) return this.#message.nextContent()
    return Promise.reject(this.#ledger.malformed('has gone on to its next part: read a part before that'))
  }

  #chunks(next: () => Promise<IteratorResult<Uint8Array, undefined>>): AsyncIterable<Uint8Array> {
    let left = false
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () => (left ? Promise.resolve(done) : next()),
      return: () => {
        left = true
        return Promise.resolve(done)
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }
}

const done = { done: true, value: undefined } as const

/** Bytes in memory, which may be read again and again. */
export class HeldContent implements PartContent {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    if (this.#bytes.byteLength > 0) yield await Promise.resolve(this.#bytes)
  }

  read<T>(use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    return use(this.stream())
  }

  discard(): Promise<void> {
    return Promise.resolve()
  }
}
