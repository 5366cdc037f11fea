import { parseMediaType } from '@halyard/core'
import { DecodeError } from '../reading/decode-error.ts'
import type { Source } from '../reading/source.ts'
import { formatOf } from '../record/media.ts'
import { FormText } from './form-text.ts'
import { formRules, type FormReadOptions, type FormRules } from './read-options.ts'

/** The fields of a form by name; a name that occurs again has all its values, in their order. */
export type FormValue = Record<string, string | string[]>

/**
 * Decodes `application/x-www-form-urlencoded` as browsers do (WHATWG URL, section 5.1): the text is split first and
 * decoded after, so an encoded `&` or `=` survives; `+` is a blank; a name without `=` has the value `''`, and empty
 * names and values are kept. Names are kept as they are, brackets and blanks too: `a[b]=1` is `{ 'a[b]': '1' }`.
 * The charset is that of a byte order mark, else of the content type, else UTF-8; percent-encoded bytes follow it.
 *
 * Stricter than browsers: bad percent-encoding and bytes that the charset does not know are errors.
 *
 * @throws DecodeError for another media type, also for none (`mediaTypes: 'strict'`: but the exact one), a size beyond
 * `maxBytes` or more than `maxFields` fields (code `too-large`), a name beyond `maxNameLength`, a charset that is not
 * known, bad percent-encoding or bytes, with line, column and an excerpt of at most `excerptBytes`, and names that
 * stand for a prototype, in brackets too (unless `prototypeKeys: 'drop'`). ConfigError for wrong options.
 */
export function decodeForm(bytes: Uint8Array, source: Source, options?: FormReadOptions): FormValue {
  const rules = formRules(options)
  const { mediaType } = source
  checkType(mediaType, source, rules)
  if (bytes.byteLength > rules.maxBytes) {
    throw tooLarge(source, `has ${bytes.byteLength} bytes; maxBytes is ${rules.maxBytes}`, bytes)
  }
  const form = new FormText(bytes, mediaType, source, rules.excerptBytes)
  const { text } = form
  const fields = new Map<string, string | string[]>()
  let count = 0
  let equals = -1
  for (let start = 0; start < text.length;) {
    const end = indexOr(text.length, text.indexOf('&', start))
    // Fields without one share the search for the next.
    if (equals < start) equals = indexOr(text.length, text.indexOf('=', start))
    if (end > start) {
      count += 1
      if (count > rules.maxFields) throw tooLarge(source, `has more than ${rules.maxFields} fields (maxFields)`, bytes)
      readField(form, { start, equals: Math.min(equals, end), end }, fields, rules)
    }
    start = end + 1
  }
  // Defines its properties, so no name reaches a setter.
  return Object.fromEntries(fields)
}

function indexOr(otherwise: number, index: number): number {
  return index === -1 ? otherwise : index
}

interface Field {
  readonly start: number
  /** Where its `=` is; its end, if it has none. */
  readonly equals: number
  readonly end: number
}

function readField(
  form: FormText,
  { start, equals, end }: Field,
  fields: Map<string, string | string[]>,
  rules: FormRules,
): void {
  const { maxNameLength } = rules
  // Encoded, a character has twelve at most: this is before anything is decoded.
  const name = equals - start > maxNameLength * 12 ? undefined : form.decode(start, equals)
  if (name === undefined || name.length > maxNameLength) {
    throw form.failAt(start, `has a name of more than ${maxNameLength} characters (maxNameLength)`)
  }
  const value = equals === end ? '' : form.decode(equals + 1, end)
  if (namesPrototype(name)) {
    if (rules.dropKeys) return
    throw form.failAt(start, "has a name that stands for an object's prototype (prototypeKeys)")
  }
  const known = fields.get(name)
  if (known === undefined) fields.set(name, value)
  else if (typeof known === 'string') fields.set(name, [known, value])
  else known.push(value)
}

/** `__proto__`, also as a step of `a[__proto__][b]`, and `constructor[prototype]`. */
function namesPrototype(name: string): boolean {
  if (!name.includes('proto')) return false
  const steps = name.split(/[[\]]+/)
  return steps.some(
    (step, index) => step === '__proto__' || (step === 'constructor' && steps[index + 1] === 'prototype'),
  )
}

const exact = 'application/x-www-form-urlencoded'

function checkType(mediaType: string | undefined, source: Source, rules: FormRules): void {
  if (mediaType === exact) return
  const essence = parseMediaType(mediaType)?.essence
  if (essence === exact || (!rules.strictTypes && formatOf(essence) === 'form')) return
  const came = mediaType === undefined ? 'has no content type' : `is ${mediaType.slice(0, 100)}`
  throw new DecodeError(source, `${came}; asked for a form`)
}

function tooLarge(source: Source, words: string, bytes: Uint8Array): DecodeError {
  return new DecodeError(source, words, { code: 'too-large', receivedBytes: bytes.byteLength })
}
