import { isUtf8 } from 'node:buffer'
import type { TextDecoder as Decoder } from 'node:util'
import { DecodeError } from '../reading/decode-error.ts'
import { placeAt } from '../reading/quote.ts'
import type { Source } from '../reading/source.ts'
import { charsetOf, hasUtf8Mark } from './charset.ts'
import { decodeWindows1252 } from '@halyard/core/bytes'

/**
 * Decodes as browsers do (WHATWG encoding standard, "decode"): by the byte order mark, which is taken off, else by the
 * charset of the content type, else as UTF-8. Bytes that the encoding does not know become U+FFFD.
 * @throws DecodeError for a charset that is not known.
 */
export function decodeText(bytes: Uint8Array, source: Source): string {
  const charset = charsetOf(bytes, source.mediaType)
  if (charset === undefined) return utf8Text(bytes, source)
  return decoderOf(charset, false, source).decode(bytes)
}

/**
 * As {@link decodeText}, for formats in which a wrong byte is an error.
 * @throws DecodeError for a charset that is not known, and for bytes that the encoding does not know.
 */
export function decodeStrictText(bytes: Uint8Array, mediaType: string | undefined, source: Source): string {
  const charset = charsetOf(bytes, mediaType)
  if (charset !== undefined) return decoderOf(charset, true, source).decode(bytes)
  const text = utf8Text(bytes, source)
  // A search that costs nothing where all is ASCII; whoever wrote U+FFFD pays for the second look.
  if (text.includes(replacement) && !isUtf8(bytes)) throw invalidUtf8(bytes, text, source)
  return text
}

const replacement = '\ufffd'

/** Node decodes short buffers faster than a TextDecoder does, and long ones no slower. */
function utf8Text(bytes: Uint8Array, source: Source): string {
  try {
    const view = viewOf(bytes)
    // Without arguments it is a little faster, which small bodies notice.
    return hasUtf8Mark(bytes) ? view.toString('utf8', 3) : view.toString()
  } catch (cause) {
    throw tooLong(bytes, source, cause)
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What decodes a charset. */
export interface CharsetDecoder {
  /** The name of the encoding by the WHATWG standard: `utf-8`, `utf-16le`. */
  readonly encoding: string
  readonly decode: (bytes: Uint8Array) => string
}

/** The decoder of a charset; `fatal` refuses what the encoding does not know. */
export function decoderOf(charset: string, fatal: boolean, source: Source): CharsetDecoder {
  const decoder = newDecoder(charset, fatal, source)
  const { encoding } = decoder
  const decode = (bytes: Uint8Array): string => {
    try {
      return encoding === 'windows-1252' ? decodeWindows1252(bytes) : decoder.decode(bytes)
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw tooLong(bytes, source, cause)
      throw new DecodeError(source, `is not valid ${encoding}`, { receivedBytes: bytes.byteLength })
    }
  }
  return { encoding, decode }
}

function newDecoder(charset: string, fatal: boolean, source: Source): Decoder {
  try {
    return new TextDecoder(charset, { fatal })
  } catch {
    throw new DecodeError(source, `is in charset ${JSON.stringify(charset.slice(0, 40))}, which is not known`)
  }
}

function tooLong(bytes: Uint8Array, source: Source, cause: unknown): unknown {
  const size = bytes.byteLength
  // Nothing else goes wrong with a body of a size that strings can have.
  if (size < 2 ** 27) return cause
  return new DecodeError(source, `has ${size} bytes, more than a string can hold`, {
    code: 'too-large',
    receivedBytes: size,
  })
}

/** Finds the first character that stands for bytes which are none. */
function invalidUtf8(bytes: Uint8Array, text: string, source: Source): DecodeError {
  let offset = hasUtf8Mark(bytes) ? 3 : 0
  let from = 0
  let at = text.indexOf(replacement)
  for (; at !== -1; at = text.indexOf(replacement, from)) {
    offset += Buffer.byteLength(text.slice(from, at))
    // U+FFFD itself may have been sent.
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) break
    offset += 3
    from = at + 1
  }
  return new DecodeError(source, `is not valid UTF-8 at byte ${offset}`, {
    place: placeAt(text, at),
    receivedBytes: bytes.byteLength,
  })
}
