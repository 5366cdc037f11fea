import type { BodyError } from '@halyard/core'
import { asBuffer, HeldBytes } from '../body/held-bytes.ts'
import type { JsonFaults, TextSplitter } from './text-splitter.ts'

const recordSeparator = 0x1e
const lineFeed = 0x0a
const quote = 0x22
const backslash = 0x5c
const byteOrderMark = [0xef, 0xbb, 0xbf]

/** `before`: no RS has come. `text`: inside of an element. `after`: behind the LF that ended one. */
type Place = 'before' | 'text' | 'after'

/**
 * JSON text sequences (RFC 7464): RS, a JSON text, LF. A text may have line ends inside of it: the LF that ends it is the
 * first one outside of every string, array and object, so that a text is there as soon as it has come, not when the next
 * one begins. RS inside of a text means that it was cut short. A number, `true`, `false` or `null` needs its LF: without
 * it nobody knows whether it is whole (§2.4).
 */
export class SequenceSplitter implements TextSplitter {
  readonly #faults: JsonFaults
  readonly #maxLineBytes: number
  readonly #held = new HeldBytes()
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0
  #place: Place = 'before'
  /** Bytes of a byte order mark that have come. */
  #mark = 0
  #depth = 0
  #isString = false
  #isEscaped = false
  /** The first byte of the text that is no blank. */
  #first: number | undefined
  number = 0

  constructor(faults: JsonFaults, maxLineBytes: number) {
    this.#faults = faults
    this.#maxLineBytes = maxLineBytes
  }

  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk)
    this.#at = 0
  }

  take(): Buffer | undefined {
    const chunk = this.#chunk
    while (this.#at < chunk.byteLength) {
      if (this.#place === 'text') {
        const text = this.#text()
        if (text !== undefined) return text
      } else {
        this.#between(chunk[this.#at] ?? 0)
        this.#at += 1
      }
    }
    return undefined
  }

  end(): Buffer | undefined {
    if (this.#place !== 'text') {
      if (this.#place === 'before' && this.#mark > 0) this.#checkMark()
      return undefined
    }
    this.#place = 'after'
    return this.#cutAt(this.#chunk.subarray(0, 0))
  }

  #between(byte: number): void {
    if (byte === recordSeparator) {
      if (this.#place === 'before') this.#checkMark()
      this.#begin()
    } else if (this.#place === 'before') {
      if (byte !== byteOrderMark[this.#mark]) throw this.#noBeginning()
      this.#mark += 1
    } else if (!isBlank(byte)) {
      throw this.#faults.malformed(this.number, 'is followed by something that is none')
    }
  }

  /** All of the byte order mark has come, or none of it. */
  #checkMark(): void {
    if (this.#mark !== 0 && this.#mark !== byteOrderMark.length) throw this.#noBeginning()
  }

  #noBeginning(): BodyError {
    return this.#faults.malformed(1, 'does not begin with a record separator')
  }

  #begin(): void {
    this.#place = 'text'
    this.#depth = 0
    this.#isString = false
    this.#isEscaped = false
    this.#first = undefined
  }

  /** Goes through what has come of a text; gives it where it ends. */
  #text(): Buffer | undefined {
    const chunk = this.#chunk
    const start = this.#at
    for (let at = start; at < chunk.byteLength; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte === recordSeparator) {
        this.#at = at + 1
        // Several in a row are one (§2.1).
        if (at === start && this.#held.length === 0) return undefined
        const text = this.#cutAt(chunk.subarray(start, at))
        this.#begin()
        return text
      }
      if (byte === lineFeed && this.#isWhole()) {
        this.#at = at + 1
        this.#place = 'after'
        return this.#whole(chunk.subarray(start, at))
      }
      this.#see(byte)
    }
    this.#at = chunk.byteLength
    this.#hold(chunk.subarray(start))
    return undefined
  }

  #see(byte: number): void {
    if (this.#isString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === backslash) this.#isEscaped = true
      else if (byte === quote) this.#isString = false
      return
    }
    if (isBlank(byte)) return
    this.#first ??= byte
    if (byte === quote) this.#isString = true
    else if (isOpening(byte)) this.#depth += 1
    else if (isClosing(byte)) this.#depth -= 1
  }

  /** Whether a text may end here. */
  #isWhole(): boolean {
    return this.#first !== undefined && !this.#isString && this.#depth <= 0
  }

  /** A text that an RS, or the end of the stream, follows without an LF. */
  #cutAt(rest: Buffer): Buffer {
    this.#check(rest)
    const first = this.#first
    const endsItself = first !== undefined && (first === quote || isOpening(first))
    if (!this.#isWhole() || !endsItself) throw this.#faults.malformed(this.number + 1, 'is cut short')
    return this.#whole(rest)
  }

  #whole(rest: Buffer): Buffer {
    this.#check(rest)
    this.number += 1
    if (this.#held.length === 0) return rest
    this.#held.append(rest)
    return this.#held.take()
  }

  #hold(piece: Buffer): void {
    this.#check(piece)
    this.#held.append(piece)
  }

  #check(piece: Buffer): void {
    if (this.#held.length + piece.byteLength > this.#maxLineBytes) throw this.#faults.tooLarge(this.number + 1)
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === lineFeed || byte === 0x0d
}

function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b
}

function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d
}
