/** A value of a structured field (RFC 9651) as it was parsed: its strict serialization. */
interface Member {
  /** With its parameters. */
  readonly text: string
}

export type StructuredKind = 'item' | 'list' | 'dictionary'

/** A structured field in its strict form (RFC 9651 §4.1); `undefined` for what is none of this kind. */
export function strictField(value: string, kind: StructuredKind): string | undefined {
  if (kind === 'dictionary') {
    const members = dictionaryOf(value)
    if (members === undefined) return undefined
    return [...members]
      .map(([key, text]) => (text.startsWith('?1') ? key + text.slice(2) : `${key}=${text}`))
      .join(', ')
  }
  return parse(value, (scanner) => {
    if (kind === 'item') return scanner.item().text
    const members: string[] = []
    while (!scanner.isDone) {
      members.push(scanner.member().text)
      if (!scanner.nextMember()) break
    }
    return members.join(', ')
  })
}

/** The members of a dictionary, each in its strict form; the last of one name counts, at the place of the first. */
export function dictionaryOf(value: string): ReadonlyMap<string, string> | undefined {
  return parse(value, (scanner) => {
    const members = new Map<string, string>()
    while (!scanner.isDone) {
      const key = scanner.key()
      members.set(key, scanner.take('=') ? scanner.member().text : `?1${scanner.parameters()}`)
      if (!scanner.nextMember()) break
    }
    return members
  })
}

/** A string of structured fields: printable ASCII in quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

export function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function parse<T>(value: string, read: (scanner: Scanner) => T): T | undefined {
  const scanner = new Scanner(value.replaceAll(/^ +| +$/g, ''))
  try {
    const result = read(scanner)
    return scanner.isDone ? result : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** RFC 9651 §4.2, each part of which comes out as §4.1 writes it. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isDone(): boolean {
    return this.#at >= this.#text.length
  }

  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  /** Whether another member comes after a comma. */
  nextMember(): boolean {
    this.#match(/[ \t]*/y)
    if (this.isDone) return false
    if (!this.take(',')) throw new SyntaxError('no comma')
    this.#match(/[ \t]*/y)
    if (this.isDone) throw new SyntaxError('a comma at the end')
    return true
  }

  key(): string {
    return this.#need(/[a-z*][a-z0-9_.*-]*/y)
  }

  member(): Member {
    return this.#text[this.#at] === '(' ? this.#innerList() : this.item()
  }

  item(): Member {
    const value = this.#bareItem()
    return { text: value + this.parameters() }
  }

  parameters(): string {
    const found = new Map<string, string>()
    while (this.take(';')) {
      this.#match(/ */y)
      const key = this.key()
      found.set(key, this.take('=') ? this.#bareItem() : '?1')
    }
    return [...found].map(([key, value]) => (value === '?1' ? `;${key}` : `;${key}=${value}`)).join('')
  }

  #innerList(): Member {
    this.take('(')
    const items: string[] = []
    for (;;) {
      this.#match(/ */y)
      if (this.take(')')) break
      items.push(this.item().text)
      const next = this.#text[this.#at]
      if (next !== ' ' && next !== ')') throw new SyntaxError('no space between items')
    }
    return { text: `(${items.join(' ')})${this.parameters()}` }
  }

  #bareItem(): string {
    const string = this.#match(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y)
    if (string !== undefined) return string
    const token = this.#match(/[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*/y)
    if (token !== undefined) return token
    const bytes = this.#match(/:[A-Za-z0-9+/]*={0,2}:/y)
    if (bytes !== undefined) return `:${Buffer.from(bytes.slice(1, -1), 'base64').toString('base64')}:`
    const boolean = this.#match(/\?[01]/y)
    if (boolean !== undefined) return boolean
    const isDate = this.take('@')
    const number = this.#need(/-?\d+(?:\.\d+)?/y)
    if (number.includes('.') && isDate) throw new SyntaxError('a date with a fraction')
    return `${isDate ? '@' : ''}${strictNumber(number)}`
  }

  #need(pattern: RegExp): string {
    const found = this.#match(pattern)
    if (found === undefined) throw new SyntaxError('something else')
    return found
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }
}

function strictNumber(text: string): string {
  const [, sign = '', whole = '', fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  const tooLong = fraction === undefined ? whole.length > 15 : whole.length > 12 || fraction.length > 3
  if (tooLong) throw new SyntaxError('a number of too many digits')
  const digits = whole.replace(/^0+(?=\d)/, '')
  if (fraction === undefined) return digits === '0' ? digits : sign + digits
  return `${sign}${digits}.${fraction.replace(/(?<=\d)0+$/, '')}`
}
