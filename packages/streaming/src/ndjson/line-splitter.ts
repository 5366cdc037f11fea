import { asBuffer, HeldBytes } from '../events/held-bytes.ts'
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
      const rest = chunk.subarray(this.#at, end)
      this.#at = end + 1
      const line = this.#line(this.#held.length === 0 ? rest : this.#heldLine(rest))
      if (line !== undefined) return line
    }
    this.#at = chunk.byteLength
    return undefined
  }

  end(): Buffer | undefined {
    return this.#held.length === 0 ? undefined : this.#line(this.#held.take())
  }

  #hold(piece: Buffer): void {
    if (this.#held.length + piece.byteLength > this.#maxLineBytes + slack) throw this.#faults.tooLarge(this.number + 1)
    this.#held.append(piece)
  }

  #heldLine(rest: Buffer): Buffer {
    this.#held.append(rest)
    return this.#held.take()
  }

  #line(bytes: Buffer): Buffer | undefined {
    this.number += 1
    const start = this.number === 1 ? markLength(bytes) : 0
    const end = bytes.at(-1) === carriageReturn ? bytes.byteLength - 1 : bytes.byteLength
    if (end - start > this.#maxLineBytes) throw this.#faults.tooLarge(this.number)
    const line = bytes.subarray(start, end)
    return isBlank(line) ? undefined : line
  }
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== space && byte !== tab && byte !== carriageReturn) return false
  return true
}
