import { DecodeError } from '../reading/decode-error.ts'
import { excerptAt, placeAt, quotePath } from '../reading/quote.ts'
import type { Source } from '../reading/source.ts'
import { decodeStrictText } from '../text/decode-text.ts'
import { JsonFault } from './json-fault.ts'
import { JsonReader } from './json-reader.ts'
import { jsonness } from './jsonness.ts'
import { decimalsAsText, integersWhole, mayHoldBigNumbers } from './lossless-numbers.ts'
import { findPrototypeKey, mayNamePrototype } from './prototype-keys.ts'
import { jsonRules, type JsonReadOptions, type JsonRules } from './read-options.ts'

/**
 * Decodes JSON (RFC 8259): UTF-8, or UTF-16 and others by byte order mark or charset. The size is checked before
 * anything is parsed (`maxBytes`), the media type too: JSON types, no type, and `text/plain` that parses; with
 * `mediaTypes: 'strict'` JSON types only. Depth is not limited, and cannot overflow the stack.
 *
 * Numbers are doubles; with `numbers: 'lossless'` integers beyond 2^53 are `bigint`, and with `decimals: 'text'` beside
 * it numbers with a fraction or an exponent are the text that was sent. Of a name given twice the last counts.
 *
 * @throws DecodeError for another media type, a charset that is not known, bytes that are not valid in theirs, a size
 * beyond `maxBytes` (code `too-large`), text that is not JSON, with line, column, path and an excerpt of at most
 * `excerptBytes` (the path's names count; 0 leaves both out), an integer of more than 10,000 digits where numbers are
 * lossless, and keys that stand for a prototype (unless `prototypeKeys: 'drop'`). ConfigError for wrong options.
 */
export function decodeJson(bytes: Uint8Array, source: Source, options?: JsonReadOptions): unknown {
  const rules = jsonRules(options)
  const { mediaType } = source
  checkType(mediaType, source, rules)
  if (bytes.byteLength > rules.maxBytes) throw tooLarge(bytes, source, rules)
  const text = decodeStrictText(bytes, mediaType, source)
  let value: unknown
  try {
    value =
      rules.lossless && mayHoldBigNumbers(text, rules.decimalText)
        ? new JsonReader(text, rules.decimalText ? decimalsAsText : integersWhole).read()
        : JSON.parse(text)
  } catch (failure) {
    throw notJson(failure, text, bytes, source, rules)
  }
  if (mayNamePrototype(text)) checkKeys(value, bytes, source, rules)
  return value
}

function checkType(mediaType: string | undefined, source: Source, rules: JsonRules): void {
  if (jsonness(mediaType, rules.strictTypes) !== 'no') return
  const came = mediaType === undefined ? 'has no content type' : `is ${mediaType.slice(0, 100)}`
  throw new DecodeError(source, `${came}; asked for JSON`)
}

function tooLarge(bytes: Uint8Array, source: Source, { maxBytes }: JsonRules): DecodeError {
  const size = bytes.byteLength
  return new DecodeError(source, `has ${size} bytes; maxBytes is ${maxBytes}`, {
    code: 'too-large',
    receivedBytes: size,
  })
}

function checkKeys(value: unknown, bytes: Uint8Array, source: Source, rules: JsonRules): void {
  const path = findPrototypeKey(value, rules.dropKeys)
  if (path === undefined) return
  const words = `has a key that stands for an object's prototype (${String(path.at(-1))})`
  const { excerptBytes } = rules
  throw new DecodeError(source, words, {
    path: excerptBytes === 0 ? undefined : quotePath(path.slice(0, -1), excerptBytes),
    receivedBytes: bytes.byteLength,
  })
}

/** The engine's own message quotes the text, so it is not used, nor kept as a cause. */
function notJson(failure: unknown, text: string, bytes: Uint8Array, source: Source, rules: JsonRules): DecodeError {
  const receivedBytes = bytes.byteLength
  const said = jsonness(source.mediaType, rules.strictTypes) === 'yes'
  const isNot = said ? 'is not JSON' : 'is not JSON, nor does its content type say so'
  const fault = failure instanceof JsonFault ? failure : faultOf(text)
  if (fault === undefined) return new DecodeError(source, isNot, { receivedBytes })
  const what = fault.isJson ? 'is JSON that is refused' : isNot
  const { index, words } = fault
  const { excerptBytes } = rules
  const facts = { place: placeAt(text, index), receivedBytes }
  if (excerptBytes === 0) return new DecodeError(source, `${what}: ${words}`, facts)
  const path = quotePath(fault.path, Math.floor(excerptBytes / 2))
  const used = path.reduce<number>((sum, step) => sum + (typeof step === 'string' ? Buffer.byteLength(step) : 0), 0)
  const excerpt = excerptAt(text, index, Math.max(0, excerptBytes - used))
  return new DecodeError(source, `${what}: ${words}`, { ...facts, path, excerpt })
}

function faultOf(text: string): JsonFault | undefined {
  try {
    new JsonReader(text, Number).read()
  } catch (failure) {
    if (failure instanceof JsonFault) return failure
  }
  return undefined
}
