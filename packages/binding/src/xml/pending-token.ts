/** What an unfinished token is, for the message where a document ends within it. */
export type TokenKind = 'tag' | 'comment' | 'instruction' | 'cdata' | 'reference' | 'doctype' | 'markup' | 'text'

/**
 * A token whose end has not come yet. It looks for the end in what comes, so that each character is looked at once
 * however small the chunks are, and is parsed once it is whole.
 */
export class PendingToken {
  readonly kind: TokenKind
  readonly #pieces: string[] = []
  length = 0
  /** In a tag: the quote that is open. Before a terminator: the last two characters. */
  #state = ''
  #threshold = 0

  constructor(kind: TokenKind, start: string) {
    this.kind = kind
    this.#pieces.push(start)
    this.length = start.length
    if (kind === 'tag') this.#tagEnds(start, 1)
    else this.#state = start.slice(-2)
    this.#threshold = start.length * 2
  }

  /** Takes the next chunk; whether the token should be parsed now. */
  add(chunk: string): boolean {
    this.#pieces.push(chunk)
    this.length += chunk.length
    switch (this.kind) {
      case 'tag':
        return this.#tagEnds(chunk, 0)
      case 'comment':
        return this.#terminated(chunk, '-->')
      case 'instruction':
        return this.#terminated(chunk, '?>')
      case 'cdata':
        return this.#terminated(chunk, ']]>')
      case 'reference':
        return /[\s;&<>"'=/]/.test(chunk)
      case 'doctype':
        // It has no simple end, and is parsed anew whenever it has doubled.
        return this.length >= this.#threshold
      case 'markup':
      case 'text':
        // A few characters that may become one thing or another.
        return true
    }
  }

  /** All of it. */
  join(): string {
    return this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('')
  }

  #terminated(chunk: string, terminator: string): boolean {
    const text = this.#state + chunk
    if (text.includes(terminator)) return true
    this.#state = text.slice(-2)
    return false
  }

  /** A tag ends at the first `>` outside of quotes, or at a `<`, which it cannot hold. */
  #tagEnds(chunk: string, from: number): boolean {
    let at = from
    while (at < chunk.length) {
      const next = this.#state === '' ? /["'<>]/g : this.#state === '"' ? /["<]/g : /['<]/g
      next.lastIndex = at
      const found = next.exec(chunk)
      if (found === null) return false
      if (found[0] === '<' || found[0] === '>') return true
      this.#state = this.#state === '' ? found[0] : ''
      at = found.index + 1
    }
    return false
  }
}
