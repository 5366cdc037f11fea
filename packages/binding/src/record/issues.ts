import type { ValidationIssue } from '@halyard/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Messages of issues are cut to so many characters. */
const maxMessage = 200

/** Shorter values are found in any message. */
const minSecret = 4

/** Of a longer value so much is looked for: some libraries cut what they quote. */
const quotedPart = 16

/** So many values inside of records are looked for, for one issue and for all of them. */
const maxValues = 1000
const maxValuesInAll = 10_000

/**
 * The issues of a schema library by message and path alone: some keep the whole input on them, and errors are logged.
 *
 * Some libraries quote values in their messages. Messages are cut to 200 characters, and where they quote more than
 * `quotable` bytes together of what they complain about (text or a number of four characters or more, or such a value
 * inside of it); with 0, one that quotes at all is replaced. That is a search, not a proof: messages that a schema's
 * author wrote may say anything else.
 */
export function bareIssues(
  issues: readonly StandardSchemaV1.Issue[],
  input: unknown,
  quotable: number,
): readonly ValidationIssue[] {
  const quotes = new Quotes(quotable)
  return issues.map((issue) => {
    const path = issue.path === undefined ? undefined : pathOf(issue.path)
    const message = quotes.bound(issue.message, valueAt(input, path ?? []))
    return path === undefined ? { message } : { message, path }
  })
}

function pathOf(path: NonNullable<StandardSchemaV1.Issue['path']>): readonly PropertyKey[] {
  return Array.from(path, (part) => (typeof part === 'object' ? part.key : part))
}

function cut(message: string, length = maxMessage): string {
  return message.length > length ? `${message.slice(0, length)}…`.toWellFormed() : message
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/** A piece of a message that is of the payload. */
interface Span {
  readonly start: number
  readonly end: number
}

/** Counts what messages quote. */
class Quotes {
  readonly #quotable: number
  #left: number
  #values = maxValuesInAll

  constructor(quotable: number) {
    this.#quotable = quotable
    this.#left = quotable
  }

  /** The message, cut where it quotes more of the value than is left. */
  bound(whole: string, value: unknown): string {
    // Of what is not shown nothing matters.
    const message = whole.slice(0, maxMessage + 4 * quotedPart)
    const spans = this.#spansOf(message, value)
    if (spans.length === 0) return cut(message)
    if (this.#quotable === 0) return 'does not fit'
    for (const { start, end } of spans) {
      if (start >= maxMessage) break
      for (let at = start; at < Math.min(end, maxMessage);) {
        const character = String.fromCodePoint(message.codePointAt(at) ?? 0)
        this.#left -= Buffer.byteLength(character)
        if (this.#left < 0) {
          this.#left = 0
          return cut(message, at)
        }
        at += character.length
      }
    }
    return cut(message)
  }

  /** Where the message quotes the value, or what is inside of it; all of it, where that is too much to look for. */
  #spansOf(message: string, value: unknown): readonly Span[] {
    const spans: Span[] = []
    const left: unknown[] = [value]
    for (let count = 0; left.length > 0; count += 1) {
      const one = left.pop()
      if (typeof one === 'string' || typeof one === 'number' || typeof one === 'bigint') {
        addSpans(message, String(one), spans)
      } else if (typeof one === 'object' && one !== null) {
        for (const inner of Object.values(one).slice(0, maxValues)) left.push(inner)
      }
      if (count === 0) continue
      this.#values -= 1
      if (count >= maxValues || this.#values < 0) return [{ start: 0, end: message.length }]
    }
    return spans.toSorted((one, other) => one.start - other.start)
  }
}

function addSpans(message: string, value: string, spans: Span[]): void {
  if (value.length < minSecret) return
  const text = value.slice(0, message.length)
  const escaped = JSON.stringify(text).slice(1, -1)
  for (const form of escaped === text ? [text] : [text, escaped]) {
    const part = form.slice(0, quotedPart)
    for (let start = message.indexOf(part); start !== -1;) {
      let end = start + part.length
      while (end < message.length && end - start < form.length && message[end] === form[end - start]) end += 1
      spans.push({ start, end })
      start = message.indexOf(part, end)
    }
  }
}
