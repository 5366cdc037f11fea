/** How many pieces are joined at once. */
const batch = 4096

/** A text that comes in many pieces, joined in linear time and without keeping millions of small strings. */
export class TextPieces {
  readonly #joined: string[] = []
  #recent: string[]

  constructor(first: string) {
    this.#recent = [first]
  }

  add(piece: string): void {
    this.#recent.push(piece)
    if (this.#recent.length < batch) return
    this.#joined.push(this.#recent.join(''))
    this.#recent = []
  }

  join(): string {
    return this.#joined.join('') + this.#recent.join('')
  }
}
