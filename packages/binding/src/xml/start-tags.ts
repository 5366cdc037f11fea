import { isSpace, nameEnd, spaceEnd } from './characters.ts'
import type { References } from './references.ts'

/** A start tag, or the tag of an empty element. */
export interface StartTag {
  readonly name: string
  /** Names and values in turn. */
  readonly attributes: readonly string[]
  readonly empty: boolean
  /** Behind the `>`. */
  readonly end: number
}

const slash = 0x2f
const equals = 0x3d
const greater = 0x3e

const noAttributes: readonly string[] = []
/** From so many attributes on their names are kept in a set, so that finding a double stays linear. */
const many = 16

/** Parses start tags (XML 1.0 §3.1). */
export class StartTags {
  readonly #references: References
  readonly #fail: (words: string, at: number) => never
  readonly #place: (at: number) => number

  /** `place` turns an offset of the text into one of the document's window. */
  constructor(references: References, fail: (words: string, at: number) => never, place: (at: number) => number) {
    this.#references = references
    this.#fail = fail
    this.#place = place
  }

  /** The tag that begins at `at`; `undefined` where `text` ends before it does. */
  parse(text: string, at: number): StartTag | undefined {
    const behind = nameEnd(text, at + 1)
    if (behind === text.length) return undefined
    if (behind === at + 1) return this.#fail('a < that begins no tag', at)
    const name = text.slice(at + 1, behind)
    // Most tags are a name alone.
    if (text.charCodeAt(behind) === greater) return { name, attributes: noAttributes, empty: false, end: behind + 1 }
    return this.#rest(text, name, behind)
  }

  #rest(text: string, name: string, behind: number): StartTag | undefined {
    const attributes: string[] = []
    let names: Set<string> | undefined
    for (let before = behind; ;) {
      const at = spaceEnd(text, before)
      if (at === text.length) return undefined
      const unit = text.charCodeAt(at)
      if (unit === greater) return { name, attributes, empty: false, end: at + 1 }
      if (unit === slash) {
        if (at + 1 === text.length) return undefined
        if (text.charCodeAt(at + 1) !== greater) this.#fail('a / in a tag without a > behind it', at)
        return { name, attributes, empty: true, end: at + 2 }
      }
      if (at === before) this.#fail('a tag with neither white space nor its end behind a name or value', at)
      const end = nameEnd(text, at)
      if (end === at) this.#fail('a tag with what begins no attribute', at)
      const valueStart = this.#valueStart(text, end)
      if (valueStart === undefined) return undefined
      const valueEnd = this.#valueEnd(text, valueStart)
      if (valueEnd === undefined) return undefined
      const attribute = text.slice(at, end)
      if (attributes.length >= many * 2) names ??= new Set(attributes.filter((_one, index) => index % 2 === 0))
      if (names === undefined ? hasName(attributes, attribute) : names.has(attribute)) {
        this.#fail('an attribute that is there twice', at)
      }
      names?.add(attribute)
      attributes.push(attribute, this.#value(text, valueStart, valueEnd))
      before = valueEnd + 1
    }
  }

  /** Behind the opening quote of the value that belongs to the name that ends at `end`. */
  #valueStart(text: string, end: number): number | undefined {
    let at = end
    if (text.charCodeAt(at) !== equals) {
      at = spaceEnd(text, at)
      if (at === text.length) return undefined
      if (text.charCodeAt(at) !== equals) this.#fail('an attribute without a value', at)
    }
    at += 1
    if (isSpace(text.charCodeAt(at))) at = spaceEnd(text, at)
    if (at === text.length) return undefined
    const quote = text[at]
    if (quote !== '"' && quote !== "'") this.#fail('an attribute value without quotes', at)
    return at + 1
  }

  /** Where the closing quote is. */
  #valueEnd(text: string, start: number): number | undefined {
    const close = text.indexOf(text.charAt(start - 1), start)
    if (close !== -1) return close
    const less = text.indexOf('<', start)
    return less === -1 ? undefined : this.#fail('a < in an attribute value', less)
  }

  #value(text: string, start: number, end: number): string {
    const raw = text.slice(start, end)
    if (!/[<&\t\n]/.test(raw)) return raw
    const less = raw.indexOf('<')
    if (less !== -1) this.#fail('a < in an attribute value', start + less)
    return this.#references.attribute(raw, (offset) => this.#place(start + offset))
  }
}

function hasName(attributes: readonly string[], name: string): boolean {
  for (let index = 0; index < attributes.length; index += 2) if (attributes[index] === name) return true
  return false
}
