/** Walks through the value of a field once, from the left to the right: a long one costs no more than its length. */
export class FieldScanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  get atComma(): boolean {
    return this.#text[this.#at] === ','
  }

  /** Whether `=` is next, perhaps behind white space, which is then passed over (BWS, RFC 9110 §11.2). */
  get atEquals(): boolean {
    const start = this.#at
    this.skipSpace()
    if (this.#text[this.#at] === '=') return true
    this.#at = start
    return false
  }

  /** Whether there was any. */
  skipSpace(): boolean {
    return this.#take(/[ \t]+/y) !== undefined
  }

  skipComma(): void {
    if (this.atComma) this.#at += 1
  }

  /** To the next comma that stands in no quoted text. */
  skipElement(): void {
    this.#take(/(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))*/sy)
    // A backslash at the very end of what is quoted is left over.
    if (!this.atComma) this.#at = this.#text.length
  }

  /** RFC 9110 §5.6.2. */
  token(): string | undefined {
    return this.#take(/[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y)
  }

  /** RFC 9110 §11.2, and only if it is all of the element. */
  token68(): string | undefined {
    return this.#take(/[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y)
  }

  /** `=` and what follows: a token, or text in quotes (RFC 9110 §5.6.4), whose escapes are taken off. */
  value(): string | undefined {
    if (!this.atEquals) return undefined
    this.#at += 1
    this.skipSpace()
    const plain = this.token()
    if (plain !== undefined) return plain
    const quoted = this.#take(/"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\uffff]|\\[\t\x20-\x7e\x80-\uffff])*"/y)
    return quoted?.slice(1, -1).replace(/\\(.)/gs, '$1')
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined || found === '') return undefined
    this.#at += found.length
    return found
  }
}
