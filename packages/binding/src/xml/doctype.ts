import { isSpace, nameEnd, spaceEnd } from './characters.ts'
import type { References } from './references.ts'
import type { TextWindow } from './text-window.ts'

/** Thrown inside of this file alone, where the text ends before the declaration does. */
const unfinished = Symbol('unfinished')

/**
 * Parses the DOCTYPE that begins at `at`, with an internal subset if it has one, and declares its general entities
 * (XML 1.0 §2.8, §4.2). Other declarations are skipped. Returns where it ends; -1 where `text` ends first.
 * @throws DecodeError also for external and parameter entities.
 */
export function parseDoctype(text: string, at: number, window: TextWindow, references: References): number {
  // Declared only once it is whole: a chunk that ends within it has it parsed again.
  const entities = new Map<string, string>()
  references.begin()
  try {
    const end = new Doctype(text, window, references, entities).parse(at)
    for (const [name, value] of entities) references.entities.set(name, value)
    return end
  } catch (failure) {
    if (failure !== unfinished) throw failure
    references.undo()
    return -1
  }
}

class Doctype {
  readonly #text: string
  readonly #window: TextWindow
  readonly #references: References
  readonly #entities: Map<string, string>
  #at = 0

  constructor(text: string, window: TextWindow, references: References, entities: Map<string, string>) {
    this.#text = text
    this.#window = window
    this.#references = references
    this.#entities = entities
  }

  parse(at: number): number {
    this.#at = at + '<!DOCTYPE'.length
    this.#space()
    this.#name()
    if (isSpace(this.#peek())) {
      this.#skipSpace()
      this.#refuseExternal()
    }
    if (this.#peekIs('[')) {
      this.#at += 1
      this.#subset()
      this.#skipSpace()
    }
    this.#expect('>')
    return this.#at
  }

  #subset(): void {
    for (;;) {
      this.#skipSpace()
      if (this.#peekIs(']')) break
      if (this.#peekIs('%')) this.#refuseParameter()
      if (this.#starts('<!--')) this.#comment()
      else if (this.#starts('<?')) this.#instruction()
      else if (this.#starts('<!ENTITY')) this.#entity()
      else if (this.#starts('<!ELEMENT') || this.#starts('<!ATTLIST') || this.#starts('<!NOTATION')) this.#skipped()
      else this.#fail('something in the DOCTYPE that is no declaration')
    }
    this.#at += 1
  }

  #comment(): void {
    const close = this.#find('--', this.#at + 4)
    this.#at = close + 2
    if (!this.#peekIs('>')) this.#fail('two hyphens within a comment', close)
    this.#at += 1
  }

  #instruction(): void {
    const start = this.#at
    this.#at += 2
    const target = this.#name()
    if (target.toLowerCase() === 'xml') this.#fail('an XML declaration that is not at the very start', start)
    if (!this.#peekIs('?')) this.#space()
    this.#at = this.#find('?>', this.#at) + 2
  }

  #entity(): void {
    this.#at += '<!ENTITY'.length
    this.#space()
    if (this.#peekIs('%')) this.#refuseParameter()
    const name = this.#name()
    this.#space()
    this.#refuseExternal()
    const value = this.#entityValue(this.#literal())
    this.#skipSpace()
    this.#expect('>')
    // The first declaration counts.
    if (!this.#entities.has(name)) this.#entities.set(name, value)
  }

  /** Where a literal stands: behind its quote, up to the closing one. */
  #literal(): readonly [start: number, end: number] {
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") {
      this.#peek()
      return this.#fail('an entity without a quoted value')
    }
    const start = this.#at + 1
    const end = this.#find(quote, start)
    this.#at = end + 1
    return [start, end]
  }

  /** The replacement text: character references are resolved here, entity references where it is used. */
  #entityValue([start, end]: readonly [number, number]): string {
    const raw = this.#text.slice(start, end)
    const percent = raw.indexOf('%')
    if (percent !== -1) this.#refuseParameter(start + percent)
    const parts: string[] = []
    let at = 0
    for (let next = raw.indexOf('&'); next !== -1; next = raw.indexOf('&', at)) {
      parts.push(raw.slice(at, next))
      const [replaced, behind] = this.#referenceIn(raw, next, start + next)
      parts.push(replaced)
      at = behind
    }
    parts.push(raw.slice(at))
    return parts.join('')
  }

  #referenceIn(raw: string, at: number, place: number): readonly [text: string, end: number] {
    if (raw[at + 1] === '#') {
      const reference = this.#references.character(raw, at, place)
      if (reference !== undefined) return [reference.text, reference.end]
    }
    const end = nameEnd(raw, at + 1)
    if (end === at + 1 || raw[end] !== ';') this.#fail('an ampersand that begins no reference', place)
    return [raw.slice(at, end + 1), end + 1]
  }

  /** Elements, attributes and notations: nothing here validates. */
  #skipped(): void {
    this.#at += this.#starts('<!NOTATION') ? 10 : 9
    this.#space()
    this.#name()
    const next = /["'<>%]/g
    for (;;) {
      next.lastIndex = this.#at
      const found = next.exec(this.#text)
      if (found === null) throw unfinished
      this.#at = found.index
      if (found[0] === '%') this.#refuseParameter()
      if (found[0] === '<') this.#fail('a declaration within a declaration')
      this.#at += 1
      if (found[0] === '>') return
      this.#at = this.#find(found[0], this.#at) + 1
    }
  }

  #refuseExternal(): void {
    for (const word of ['SYSTEM', 'PUBLIC']) {
      if (this.#starts(word)) this.#refuse('refers to an external entity, which is refused and never fetched')
    }
  }

  #refuseParameter(place: number = this.#at): never {
    return this.#refuse('has a parameter entity, which is refused', place)
  }

  #name(): string {
    const end = nameEnd(this.#text, this.#at)
    if (end === this.#text.length) throw unfinished
    if (end === this.#at) this.#fail('a name is missing in the DOCTYPE')
    const name = this.#text.slice(this.#at, end)
    this.#at = end
    return name
  }

  #space(): void {
    if (!isSpace(this.#peek())) this.#fail('white space is missing in the DOCTYPE')
    this.#skipSpace()
  }

  #skipSpace(): void {
    this.#at = spaceEnd(this.#text, this.#at)
    this.#peek()
  }

  #expect(character: string): void {
    if (!this.#peekIs(character)) this.#fail(`a ${character} is missing in the DOCTYPE`)
    this.#at += 1
  }

  /** The next character's code; there has to be one. */
  #peek(): number {
    if (this.#at >= this.#text.length) throw unfinished
    return this.#text.charCodeAt(this.#at)
  }

  #peekIs(character: string): boolean {
    return this.#peek() === character.charCodeAt(0)
  }

  #starts(words: string): boolean {
    if (this.#text.startsWith(words, this.#at)) return true
    if (words.startsWith(this.#text.slice(this.#at, this.#at + words.length))) throw unfinished
    return false
  }

  #find(words: string, from: number): number {
    const found = this.#text.indexOf(words, from)
    if (found === -1) throw unfinished
    return found
  }

  #fail(words: string, place: number = this.#at): never {
    return this.#refuse(`is not well-formed XML: ${words}`, place)
  }

  #refuse(words: string, place: number = this.#at): never {
    return this.#window.fail(words, place)
  }
}
