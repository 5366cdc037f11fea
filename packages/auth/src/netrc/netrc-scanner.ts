/** Walks through the words of a netrc file. */
export class NetrcScanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** From 1. */
  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length
  }

  /** The next word where a keyword may stand; comments are passed over. */
  keyword(): string | undefined {
    for (;;) {
      this.#skip(/\s+/y)
      if (this.#text[this.#at] !== '#') return this.#take(/\S+/y)
      this.#skip(/[^\n]*/y)
    }
  }

  /** The next word as it stands, `#` or not; in quotes with spaces and escapes. `undefined` at the end, or without the last quote. */
  value(): string | undefined {
    this.#skip(/\s+/y)
    if (this.#text[this.#at] !== '"') return this.#take(/\S+/y)
    const quoted = this.#take(/"(?:[^"\\]|\\[^])*"/y)
    return quoted?.slice(1, -1).replace(/\\([^])/g, (_whole, character: string) => escapes.get(character) ?? character)
  }

  /** Past the next empty line. */
  skipMacro(): void {
    const rest = this.#text.slice(this.#at)
    const end = /\n[ \t\r]*\n/.exec(rest)
    this.#at = end === null ? this.#text.length : this.#at + end.index + end[0].length
  }

  #skip(pattern: RegExp): void {
    this.#take(pattern)
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    return found
  }
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])
