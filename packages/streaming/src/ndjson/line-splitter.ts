import { asBuffer, HeldBytes } from '../body/held-bytes.ts'
import { type JsonFaults, markLength, type TextSplitter } from './text-splitter.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const tab = 0x09
/** What a line may have beyond its text: a byte order mark, and the CR of its end. */
const slack = 4

/** Lines that end with LF or CRLF, the last one perhaps with neither. Blank ones are skipped, but counted. */
export class LineSplitter implements TextSplitter {
  readonly #faults: JsonFaults
  readonly #maxLineBytes: number
  readonly #held = new HeldBytes()
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0
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
      const end = chunk.indexOf(lineFeed, this.#at)
      if (end === -1) {
        this.#hold(chunk.subarray(this.#at))
        break
      }
      const start = this.#at
      this.#at = end + 1
      const line = this.#held.length === 0 ? this.#line(chunk, start, end) : this.#heldLine(chunk.subarray(start, end))
      if (line !== undefined) return line
    }
    this.#at = chunk.byteLength
    return undefined
  }

  end(): Buffer | undefined {
    return this.#held.length === 0 ? undefined : this.#heldLine(this.#chunk.subarray(0, 0))
  }

  #hold(piece: Buffer): void {
    if (this.#held.length + piece.byteLength > this.#maxLineBytes + slack) throw this.#faults.tooLarge(this.number + 1)
    this.#held.append(piece)
  }

  #heldLine(rest: Buffer): Buffer | undefined {
    this.#held.append(rest)
    const line = this.#held.take()
    return this.#line(line, 0, line.byteLength)
  }

  #line(bytes: Buffer, from: number, to: number): Buffer | undefined {
    this.number += 1
    const start = this.number === 1 ? from + markLength(bytes.subarray(from, to)) : from
    const end = to > start && bytes[to - 1] === carriageReturn ? to - 1 : to
    if (end - start > this.#maxLineBytes) throw this.#faults.tooLarge(this.number)
    return isBlank(bytes, start, end) ? undefined : bytes.subarray(start, end)
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]
    if (byte !== space && byte !== tab && byte !== carriageReturn) return false
  }
  return true
}
