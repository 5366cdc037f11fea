import { DecodeError, type DecodeFacts, type Place } from '../reading/decode-error.ts'
import { excerptAt, quotePath } from '../reading/quote.ts'
import type { Source } from '../reading/source.ts'

/** How much of what was let go of is kept for an excerpt, at most. */
const keptLength = 1024

/**
 * The piece of a document that is being parsed, and where in the document it stands. Lines are counted when a piece is
 * let go of, or when an error is made.
 */
export class TextWindow {
  text = ''
  /** Where the token being parsed begins: the place of errors that have none of their own. */
  mark = 0
  /** Names of the open elements. */
  readonly open: string[] = []
  readonly #source: Source
  readonly #excerptBytes: number
  #line = 1
  #column = 1
  /** The end of what was let go of, for excerpts. */
  #before = ''

  constructor(source: Source, excerptBytes: number) {
    this.#source = source
    this.#excerptBytes = excerptBytes
  }

  /** Lets go of what was parsed and goes on with `rest`, which begins where `text` has `end`. */
  advance(end: number, rest: string): void {
    if (end > 0) {
      const place = this.#place(end)
      this.#line = place.line
      this.#column = place.column
      const kept = Math.min(this.#excerptBytes, keptLength)
      if (kept > 0) this.#before = (this.#before + this.text.slice(Math.max(0, end - kept), end)).slice(-kept)
    }
    this.text = rest
    this.mark = 0
  }

  /** @throws DecodeError, with the place of `offset` within `text`. */
  fail(words: string, offset: number = this.mark, facts: DecodeFacts = {}): never {
    throw new DecodeError(this.#source, words, {
      ...facts,
      place: this.#place(offset),
      path: quotePath(this.open, this.#excerptBytes),
      excerpt: this.#excerpt(offset),
    })
  }

  #place(offset: number): Place {
    const { text } = this
    let line = this.#line
    let start = 0
    for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', start)) {
      line += 1
      start = at + 1
    }
    const before = line === this.#line ? this.#column - 1 : 0
    return { line, column: before + characters(text.slice(start, offset)) + 1 }
  }

  #excerpt(offset: number): string {
    const bytes = this.#excerptBytes
    if (bytes === 0) return ''
    const start = Math.max(0, offset - bytes)
    const before = this.#before + this.text.slice(start, offset)
    return excerptAt(before + this.text.slice(offset, offset + bytes), before.length, bytes)
  }
}

/** A character outside of the basic plane is two units of a string, and one character. */
function characters(text: string): number {
  let count = text.length
  for (const unit of text.matchAll(/[\ud800-\udbff]/g)) if (unit.index + 1 < text.length) count -= 1
  return count
}
