import { isXmlCharacter, nameEnd } from './characters.ts'
import type { TextWindow } from './text-window.ts'

/** How deep entities may name each other, and how long what they stand for may be in all, in UTF-16 units. */
const maxEntityDepth = 32
const maxExpandedLength = 1_000_000

const predefined = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
])

/** What a reference in content stands for: characters, or an entity whose replacement is to be parsed. */
export interface Reference {
  /** Behind the semicolon. */
  readonly end: number
  readonly text: string
  /** Set where `text` is the replacement of an entity. */
  readonly entity: string | undefined
}

/** References and the entities they name, with the bounds on both. */
export class References {
  /** General entities of the internal subset, with their replacement texts. */
  readonly entities: Map<string, string> = new Map()
  readonly #window: TextWindow
  readonly #max: number
  /** Entities that are being expanded: one that names itself, however far down, never ends. */
  readonly #within = new Set<string>()
  #count = 0
  #length = 0
  #countBefore = 0
  #lengthBefore = 0

  constructor(window: TextWindow, max: number) {
    this.#window = window
    this.#max = max
  }

  /** The counts begin anew, for the next record of a stream. */
  restart(): void {
    this.#count = 0
    this.#length = 0
  }

  /** A token begins that may turn out not to be whole; then `undo` takes back what it counted. */
  begin(): void {
    this.#countBefore = this.#count
    this.#lengthBefore = this.#length
  }

  undo(): void {
    this.#count = this.#countBefore
    this.#length = this.#lengthBefore
  }

  /** The reference at `at`, an ampersand; `undefined` where `text` ends first. `place` is where errors belong. */
  read(text: string, at: number, place: number): Reference | undefined {
    if (text.charCodeAt(at + 1) === 0x23) return this.character(text, at, place)
    const end = nameEnd(text, at + 1)
    if (end === text.length) return undefined
    if (end === at + 1 || text.charCodeAt(end) !== 0x3b) {
      return this.#window.fail('is not well-formed XML: an ampersand that begins no reference', place)
    }
    const name = text.slice(at + 1, end)
    const character = predefined.get(name)
    if (character !== undefined) return { end: end + 1, text: character, entity: undefined }
    const replacement = this.entities.get(name)
    if (replacement === undefined) {
      return this.#window.fail('is not well-formed XML: a reference to an entity that is not declared', place)
    }
    this.#spend(replacement.length, place)
    return { end: end + 1, text: replacement, entity: name }
  }

  /** A character reference. */
  character(text: string, at: number, place: number): Reference | undefined {
    const hexadecimal = text.charCodeAt(at + 2) === 0x78
    const start = at + (hexadecimal ? 3 : 2)
    const radix = hexadecimal ? 16 : 10
    let end = start
    let point = 0
    for (let digit = digitOf(text.charCodeAt(end), radix); digit !== -1; digit = digitOf(text.charCodeAt(end), radix)) {
      // Leading zeros may be many; beyond the last character nothing has to be counted.
      point = Math.min(point * radix + digit, 0x110000)
      end += 1
    }
    if (end >= text.length) return undefined
    if (end === start || text.charCodeAt(end) !== 0x3b) {
      return this.#window.fail('is not well-formed XML: an ampersand that begins no reference', place)
    }
    if (!isXmlCharacter(point)) {
      return this.#window.fail('is not well-formed XML: a reference to a character that XML does not allow', place)
    }
    this.#spend(1, place)
    return { end: end + 1, text: String.fromCodePoint(point), entity: undefined }
  }

  /** Runs `parse` while `entity` counts as being expanded. */
  inside<T>(entity: string, place: number, parse: () => T): T {
    if (this.#within.has(entity)) this.#window.fail('is not well-formed XML: an entity that contains itself', place)
    if (this.#within.size >= maxEntityDepth) {
      this.#window.fail(`nests entities deeper than ${maxEntityDepth}`, place)
    }
    this.#within.add(entity)
    const result = parse()
    this.#within.delete(entity)
    return result
  }

  /**
   * An attribute value as it is meant: references resolved, white space that is written out as blanks (XML 1.0 §3.3.3).
   * `place` says where in the window an offset of it is; errors within an entity belong to the reference.
   */
  attribute(raw: string, place: (offset: number) => number): string {
    const parts: string[] = []
    this.#attribute(raw, parts, place)
    return parts.join('')
  }

  #attribute(raw: string, parts: string[], place: (offset: number) => number): void {
    let at = 0
    for (let next = raw.indexOf('&'); next !== -1; next = raw.indexOf('&', at)) {
      parts.push(blanks(raw.slice(at, next)))
      const here = place(next)
      const reference = this.read(raw, next, here)
      if (reference === undefined) {
        return this.#window.fail('is not well-formed XML: an ampersand that begins no reference', here)
      }
      if (reference.entity === undefined) parts.push(reference.text)
      else this.#entityInAttribute(reference.entity, reference.text, parts, here)
      at = reference.end
    }
    parts.push(blanks(at === 0 ? raw : raw.slice(at)))
  }

  #entityInAttribute(entity: string, replacement: string, parts: string[], place: number): void {
    if (replacement.includes('<')) {
      this.#window.fail('is not well-formed XML: an attribute value with a < in an entity', place)
    }
    this.inside(entity, place, () => this.#attribute(replacement, parts, () => place))
  }

  #spend(length: number, place: number): void {
    this.#count += 1
    this.#length += length
    if (this.#count > this.#max) {
      this.#window.fail(`holds more than ${this.#max} numeric and entity references (maxExpansions)`, place)
    }
    if (this.#length > maxExpandedLength) {
      this.#window.fail(`has entities that expand to more than ${maxExpandedLength} characters`, place)
    }
  }
}

function blanks(text: string): string {
  return /[\t\n\r]/.test(text) ? text.replace(/[\t\n\r]/g, ' ') : text
}

function digitOf(unit: number, radix: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  if (radix === 10) return -1
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57
  return unit >= 0x41 && unit <= 0x46 ? unit - 0x37 : -1
}
