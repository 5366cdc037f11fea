import { BodyError } from '@halyard/core'
import { itemName, type JsonFormat } from './json-format.ts'

/** JSON texts out of the bytes of one stream. Bytes are pushed, texts taken until there is none. */
export interface TextSplitter {
  /** Of the text that was taken last: its line, or its place in the sequence, from 1. */
  readonly number: number
  /** The next bytes. Nothing may be left to take. */
  push(chunk: Uint8Array): void
  /**
   * The bytes of the next text, which stay as they are; `undefined` where it takes more.
   * @throws BodyError
   */
  take(): Buffer | undefined
  /**
   * What is left when the stream has ended.
   * @throws BodyError `decode` where it was cut short
   */
  end(): Buffer | undefined
}

/** Errors of one stream. They say where, and nothing of what is there. */
export class JsonFaults {
  readonly #format: JsonFormat
  readonly #target: string
  readonly #maxLineBytes: number

  constructor(format: JsonFormat, target: string, maxLineBytes: number) {
    this.#format = format
    this.#target = target
    this.#maxLineBytes = maxLineBytes
  }

  malformed(number: number, words: string, cause?: unknown): BodyError {
    return this.#fault('decode', number, words, cause)
  }

  tooLarge(number: number): BodyError {
    return this.#fault('too-large', number, `is larger than maxLineBytes, ${this.#maxLineBytes} bytes`)
  }

  #fault(code: 'decode' | 'too-large', number: number, words: string, cause?: unknown): BodyError {
    const target = this.#target
    const where = itemName(this.#format, number)
    return new BodyError(`${target}${target === '' ? '' : ': '}${where} ${words}`, { code, sent: 'yes', target, cause })
  }
}

/** How many bytes the byte order mark at the start of a stream has. */
export function markLength(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}
