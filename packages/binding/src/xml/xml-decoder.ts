import { isAscii, isUtf8 } from 'node:buffer'
import { decodeWindows1252 } from '@halyard/core/bytes'
import { encodingOf, maxDeclaration, type XmlEncoding } from './encoding-of.ts'

/**
 * Decodes a document that comes in pieces. Each piece gives the text of its whole characters; where bytes are not
 * what the encoding allows, the text before them, and `fault` says so. Nothing is decoded behind a fault.
 */
export class XmlDecoder {
  /** Why the document cannot be decoded further. */
  fault: string | undefined
  readonly #charset: string | undefined
  #encoding: XmlEncoding | undefined
  /** Bytes that wait: for the encoding to be known, or for the rest of their character. */
  #waiting: Uint8Array[] = []
  #waitingLength = 0

  /** `charset` is that of the content type, if it has one. */
  constructor(charset: string | undefined) {
    this.#charset = charset
  }

  write(bytes: Uint8Array): string {
    return this.#decode(bytes, false)
  }

  end(): string {
    return this.#decode(new Uint8Array(0), true)
  }

  #decode(bytes: Uint8Array, complete: boolean): string {
    if (this.fault !== undefined) return ''
    let input = bytes
    if (this.#waiting.length > 0) {
      // Only what tells the encoding can wait for long.
      if (this.#encoding === undefined && !complete && this.#tellsNothing(bytes)) return ''
      input = Buffer.concat([...this.#waiting, bytes])
      this.#waiting = []
      this.#waitingLength = 0
    }
    if (this.#encoding === undefined) {
      const found = encodingOf(input, this.#charset, complete)
      if (found === undefined) return this.#wait(input)
      if ('fault' in found) return this.#stop(found.fault)
      this.#encoding = found.encoding
      input = input.subarray(found.mark)
    }
    const text = this.#text(this.#encoding, input)
    if (complete && this.#waiting.length > 0) this.#stop('ends inside of a character')
    return text
  }

  /** A declaration goes on until its `>`: bytes without one are put by, so that each is looked at once. */
  #tellsNothing(bytes: Uint8Array): boolean {
    if (this.#waitingLength < 16 || this.#waitingLength > maxDeclaration || bytes.includes(0x3e)) return false
    this.#wait(bytes)
    return true
  }

  #text(encoding: XmlEncoding, input: Uint8Array): string {
    if (encoding === 'utf-8') return this.#utf8(input)
    const view = bufferOf(input)
    if (encoding === 'iso-8859-1') return view.toString('latin1')
    if (encoding === 'windows-1252') return decodeWindows1252(input)
    return this.#utf16(view, encoding)
  }

  #utf8(input: Uint8Array): string {
    const whole = wholeUtf8(input)
    if (whole < input.length) this.#wait(input.subarray(whole))
    const bytes = bufferOf(whole < input.length ? input.subarray(0, whole) : input)
    if (isAscii(bytes)) return bytes.toString('latin1')
    if (isUtf8(bytes)) return bytes.toString('utf8')
    this.#stop('has bytes that are not UTF-8')
    return bytes.toString('utf8', 0, validUtf8(bytes))
  }

  #utf16(view: Buffer, encoding: 'utf-16le' | 'utf-16be'): string {
    let whole = view.length - (view.length % 2)
    const high = encoding === 'utf-16le' ? view[whole - 1] : view[whole - 2]
    // The first half of a pair waits for the second.
    if (high !== undefined && high >= 0xd8 && high <= 0xdb) whole -= 2
    if (whole < view.length) this.#wait(view.subarray(whole))
    const units = encoding === 'utf-16le' ? view.subarray(0, whole) : Buffer.from(view.subarray(0, whole)).swap16()
    const text = units.toString('utf16le')
    if (text.isWellFormed()) return text
    this.#stop('has bytes that are not UTF-16')
    return text.slice(0, text.search(/\p{Surrogate}/u))
  }

  #wait(bytes: Uint8Array): '' {
    // A copy: whoever gave the bytes may write over them.
    this.#waiting.push(Uint8Array.from(bytes))
    this.#waitingLength += bytes.length
    return ''
  }

  #stop(words: string): '' {
    this.fault = words
    return ''
  }
}

/** Where a character that is not whole begins at the end of `bytes`; their length if there is none. */
function wholeUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) break
    if (byte >= 0xc0) return back < lengthOf(byte) ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function lengthOf(lead: number): number {
  if (lead >= 0xf0) return lead <= 0xf4 ? 4 : 1
  if (lead >= 0xe0) return 3
  return lead >= 0xc2 ? 2 : 1
}

/** How many bytes of `bytes` are UTF-8 before the first that is not. */
function validUtf8(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const length = lengthOf(bytes[at] ?? 0)
    if (length === 1 && (bytes[at] ?? 0) >= 0x80) break
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) break
    at += length
  }
  return at
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
