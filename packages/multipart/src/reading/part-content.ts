import { bodyTaken } from '@halyard/core'
import type { Ledger } from './ledger.ts'
import type { MessageReader, PieceTaker } from './message-reader.ts'

/** The bytes of a part: as they come, or given to whoever takes them, which is faster. One of both, once. */
export interface PartReading extends AsyncIterable<Uint8Array> {
  pour(take: PieceTaker): Promise<void>
}

/** Where the bytes of a part come from. */
export interface PartContent {
  /** The bytes as they come. Whoever leaves them early leaves the rest of the part. */
  stream(): AsyncIterable<Uint8Array>
  /** Reads the part in one go: what is asked of the message meanwhile waits. */
  read<T>(use: (reading: PartReading) => Promise<T>): Promise<T>
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

  async read<T>(use: (reading: PartReading) => Promise<T>): Promise<T> {
    this.#take()
    const chunks = this.#chunks(() => this.#next())
    const pour = (take: PieceTaker): Promise<void> => this.#pour(take)
    return await this.#message.exclusive(() => use({ ...chunks, pour }))
  }

  async discard(): Promise<void> {
    this.#taken = true
    try {
      await this.#message.exclusive(async () => {
        if (!this.#message.closed) await this.#pour(nothing)
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
    return this.#passed ? Promise.reject(this.#tooLate()) : this.#message.nextContent()
  }

  #pour(take: PieceTaker): Promise<void> {
    if (this.#ended) return Promise.resolve()
    return this.#passed ? Promise.reject(this.#tooLate()) : this.#message.pour(take)
  }

  #tooLate(): Error {
    return this.#ledger.malformed('has gone on to its next part: read a part before that')
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

function nothing(): undefined {}

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

  read<T>(use: (reading: PartReading) => Promise<T>): Promise<T> {
    const chunks = this.stream()
    const pour = async (take: PieceTaker): Promise<void> => {
      if (this.#bytes.byteLength > 0) await take(this.#bytes, false)
    }
    return use({ [Symbol.asyncIterator]: () => chunks, pour })
  }

  discard(): Promise<void> {
    return Promise.resolve()
  }
}
