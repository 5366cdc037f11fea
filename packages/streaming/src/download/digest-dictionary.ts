/** The algorithms of RFC 9530 that are strong enough to say anything. */
export type DigestAlgorithm = 'sha-256' | 'sha-512'

const key = /[a-z*][a-z0-9_.*-]*/y
const byteSequence = /:[A-Za-z0-9+/=]*:/y
const otherItem =
  /"(?:[ !#-[\]-~]|\\["\\])*"|%"[ !#-~]*"|\?[01]|@-?\d{1,15}|-?\d{1,12}\.\d{1,3}|-?\d{1,15}|[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y
const spaces = / */y
const optionalSpace = /[ \t]*/y

/**
 * The digests in the fields `content-digest` or `repr-digest`: a dictionary of byte sequences (RFC 9530 §2, RFC 8941
 * §3.2). Other algorithms are left out; of a field that is malformed, everything is (RFC 8941 §4.2).
 */
export function parseDigests(fields: readonly string[]): ReadonlyMap<DigestAlgorithm, Uint8Array> {
  const dictionary = new Dictionary(fields.join(', '))
  return dictionary.read() ?? new Map()
}

/** Reads a dictionary from left to right. Each pattern is tried where the last one ended: linear time. */
class Dictionary {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    // A pattern for the spaces at the end would try each run of spaces before.
    this.#text = text.trim()
  }

  read(): Map<DigestAlgorithm, Uint8Array> | undefined {
    const found = new Map<DigestAlgorithm, Uint8Array>()
    while (this.#at < this.#text.length) {
      const name = this.#take(key)
      if (name === undefined) return undefined
      const value = this.#member()
      if (value === undefined) return undefined
      if (name === 'sha-256' || name === 'sha-512') {
        // The last of several counts.
        if (value === 'other') found.delete(name)
        else found.set(name, value)
      }
      this.#take(optionalSpace)
      if (this.#at === this.#text.length) break
      if (!this.#skip(',')) return undefined
      this.#take(optionalSpace)
      if (this.#at === this.#text.length) return undefined
    }
    return found
  }

  /** The value of a member and its parameters; `undefined` where it is malformed. */
  #member(): Uint8Array | 'other' | undefined {
    if (!this.#skip('=')) return this.#parameters() ? 'other' : undefined
    const value = this.#text[this.#at] === '(' ? this.#innerList() : this.#item()
    return value !== undefined && this.#parameters() ? value : undefined
  }

  #item(): Uint8Array | 'other' | undefined {
    const bytes = this.#take(byteSequence)
    if (bytes !== undefined) return Buffer.from(bytes.slice(1, -1), 'base64')
    return this.#take(otherItem) === undefined ? undefined : 'other'
  }

  #parameters(): boolean {
    while (this.#skip(';')) {
      this.#take(spaces)
      if (this.#take(key) === undefined) return false
      if (this.#skip('=') && this.#item() === undefined) return false
    }
    return true
  }

  #innerList(): 'other' | undefined {
    this.#skip('(')
    for (;;) {
      const gap = this.#take(spaces)
      if (this.#skip(')')) return 'other'
      const before = this.#text[this.#at - 1]
      if (gap === '' && before !== '(') return undefined
      if (this.#item() === undefined || !this.#parameters()) return undefined
    }
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match[0]
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }
}
