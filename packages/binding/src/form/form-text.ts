import { DecodeError } from '../reading/decode-error.ts'
import { excerptAt, placeAt } from '../reading/quote.ts'
import type { Source } from '../reading/source.ts'
import { charsetOf } from '../text/charset.ts'
import { decoderOf, decodeStrictText } from '../text/decode-text.ts'

/** The text of a form before it is split, and how one name or value of it is decoded. */
export class FormText {
  readonly text: string
  readonly #source: Source
  readonly #excerptBytes: number
  /** Decodes bytes by the charset of the form; `undefined` where the text is decoded already. */
  readonly #decode: ((bytes: Uint8Array) => string) | undefined

  constructor(bytes: Uint8Array, mediaType: string | undefined, source: Source, excerptBytes: number) {
    this.#source = source
    this.#excerptBytes = excerptBytes
    const charset = charsetOf(bytes, mediaType)
    const decoder = charset === undefined ? undefined : decoderOf(charset, true, source)
    if (decoder === undefined) this.text = decodeStrictText(bytes, undefined, source)
    // UTF-16 has no byte of its own for `&`; what is percent-encoded beside it is UTF-8 (WHATWG URL).
    else if (decoder.encoding.startsWith('utf-')) this.text = decoder.decode(bytes)
    else {
      // A character may be sent as a byte as it is beside one that is percent-encoded: they are put together first.
      this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
      this.#decode = decoder.decode
    }
  }

  /** A name or value: `+` is a blank, `%41` a byte. @throws DecodeError */
  decode(from: number, to: number): string {
    const piece = this.text.slice(from, to)
    if (this.#decode !== undefined) return this.#decode(this.#bytesOf(piece, from))
    const spaced = piece.includes('+') ? piece.replaceAll('+', ' ') : piece
    if (!spaced.includes('%')) return spaced
    try {
      return decodeURIComponent(spaced)
    } catch {
      throw this.#fault(spaced, from)
    }
  }

  /** An error at an index of the text. */
  failAt(index: number, words: string): DecodeError {
    const bytes = this.#excerptBytes
    return new DecodeError(this.#source, words, {
      place: placeAt(this.text, index),
      // Undecoded bytes of another charset would be quoted as what they are not.
      excerpt: this.#decode === undefined ? excerptAt(this.text, index, bytes) : undefined,
    })
  }

  #bytesOf(piece: string, from: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(piece.length)
    let size = 0
    for (let at = 0; at < piece.length; at += 1) {
      let byte = piece.charCodeAt(at)
      if (byte === plus) byte = blank
      else if (byte === percent) {
        byte = escaped(piece, at)
        if (byte === -1) throw this.failAt(from + at, badEscape)
        at += 2
      }
      bytes[size] = byte
      size += 1
    }
    return bytes.subarray(0, size)
  }

  /** Where `decodeURIComponent` stumbled. */
  #fault(piece: string, from: number): DecodeError {
    for (let at = piece.indexOf('%'); at !== -1; at = piece.indexOf('%', at)) {
      const start = at
      while (piece.charCodeAt(at) === percent) {
        if (escaped(piece, at) === -1) return this.failAt(from + at, badEscape)
        at += 3
      }
      try {
        decodeURIComponent(piece.slice(start, at))
      } catch {
        return this.failAt(from + start, 'has a percent-encoded character that is not valid UTF-8')
      }
    }
    return this.failAt(from, badEscape)
  }
}

const badEscape = 'has a % that two hexadecimal digits do not follow'
const percent = 0x25
const plus = 0x2b
const blank = 0x20

/** The byte that `%41` stands for, -1 for what stands for none. */
function escaped(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code & ~0x20
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1
}
