import { enoughSteps } from '../reading/quote.ts'
import { endsEarly, JsonFault } from './json-fault.ts'
import { numberExtent, stringExtent } from './json-scalars.ts'

/** What a number becomes. Throws, with words that hold nothing of the text, for one that it refuses. */
export type ReadNumber = (literal: string, kind: 'integer' | 'decimal') => unknown

type Members = Record<string, unknown>

/**
 * A JSON parser (RFC 8259) for what `JSON.parse` does not tell: where a text is wrong, and what its numbers were. Depth
 * costs memory, not stack. Slower than `JSON.parse`, so it runs only where it is needed.
 */
export class JsonReader {
  readonly #text: string
  readonly #readNumber: ReadNumber
  #at = 0
  /** The containers that are open, outermost first, and for each the key of the value that is read. */
  readonly #open: (unknown[] | Members)[] = []
  readonly #keys: string[] = []

  constructor(text: string, readNumber: ReadNumber) {
    this.#text = text
    this.#readNumber = readNumber
  }

  /** The value of the whole text. @throws JsonFault */
  read(): unknown {
    for (;;) {
      const value = this.#begin()
      if (value === opened) continue
      if (!this.#attach(value)) continue
      this.#skipBlanks()
      if (this.#at < this.#text.length) throw this.#fault('text follows the value')
      return this.#root
    }
  }

  #root: unknown

  /** Reads a value, or the beginning of a container that holds something. */
  #begin(): unknown {
    this.#skipBlanks()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#beginObject()
      case '[':
        this.#at += 1
        this.#skipBlanks()
        if (this.#takes(']')) return []
        this.#push([])
        return opened
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #beginObject(): unknown {
    this.#at += 1
    this.#skipBlanks()
    if (this.#takes('}')) return {}
    this.#push({})
    this.#key()
    return opened
  }

  #push(container: unknown[] | Members): void {
    this.#open.push(container)
    this.#keys.push('')
  }

  /** Puts a value where it belongs, and closes what ends after it; `true` when that was the outermost. */
  #attach(value: unknown): boolean {
    let inner = value
    for (;;) {
      const container = this.#open.at(-1)
      if (container === undefined) {
        this.#root = inner
        return true
      }
      const isArray = Array.isArray(container)
      if (isArray) container.push(inner)
      else put(container, this.#keys.at(-1) ?? '', inner)
      this.#skipBlanks()
      if (this.#takes(',')) {
        if (!isArray) this.#key()
        return false
      }
      if (!this.#takes(isArray ? ']' : '}')) {
        throw this.#faultInside(isArray ? "a ',' or ']' is missing" : "a ',' or '}' is missing")
      }
      this.#open.pop()
      this.#keys.pop()
      inner = container
    }
  }

  /** A member's name and its colon. */
  #key(): void {
    this.#skipBlanks()
    if (this.#text[this.#at] !== '"') throw this.#faultInside('a name in double quotes is missing')
    const key = this.#string(true)
    this.#keys[this.#keys.length - 1] = key
    this.#skipBlanks()
    if (!this.#takes(':')) throw this.#fault("a ':' is missing")
  }

  #string(isKey = false): string {
    const from = this.#at
    const extent = stringExtent(this.#text, from)
    if ('fault' in extent) {
      this.#at = extent.at
      throw isKey ? this.#faultInside(extent.fault) : this.#fault(extent.fault)
    }
    this.#at = extent.end
    if (extent.kind === 'plain' && extent.end - from <= shortest) return this.#text.slice(from + 1, extent.end - 1)
    const value: unknown = JSON.parse(this.#text.slice(from, extent.end))
    return String(value)
  }

  #number(): unknown {
    const from = this.#at
    const code = this.#text.charCodeAt(from)
    if (code !== 0x2d && !(code >= 0x30 && code <= 0x39)) throw this.#fault('a value is missing')
    const extent = numberExtent(this.#text, from)
    if ('fault' in extent) {
      this.#at = extent.at
      throw this.#fault(extent.fault)
    }
    try {
      const value = this.#readNumber(
        this.#text.slice(from, extent.end),
        extent.kind === 'integer' ? 'integer' : 'decimal',
      )
      this.#at = extent.end
      return value
    } catch (refusal) {
      throw this.#fault(refusal instanceof Error ? refusal.message : 'a number cannot be read', true)
    }
  }

  #word(word: string, value: boolean | null): boolean | null {
    if (!this.#text.startsWith(word, this.#at)) {
      const rest = this.#text.slice(this.#at, this.#at + word.length)
      if (word.startsWith(rest)) this.#at = this.#text.length
      throw this.#fault('a value is missing')
    }
    this.#at += word.length
    return value
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  /** A fault of the value that is being read. */
  #fault(words: string, isJson = false): JsonFault {
    return this.#newFault(words, this.#open.length, isJson)
  }

  /** A fault of the container that is being read. */
  #faultInside(words: string): JsonFault {
    return this.#newFault(words, this.#open.length - 1, false)
  }

  #newFault(words: string, steps: number, isJson: boolean): JsonFault {
    const first = Math.max(0, steps - enoughSteps)
    const keys = this.#keys.slice(first, steps)
    const path = keys.map((key, step) => {
      const container = this.#open[first + step]
      return Array.isArray(container) ? container.length : key
    })
    return new JsonFault(this.#at >= this.#text.length ? endsEarly : words, this.#at, path, isJson)
  }
}

/** Stands for a container that was opened and is not read yet. */
const opened: unique symbol = Symbol('opened')

/** Longer slices of a text would keep the whole of it in memory. */
const shortest = 14

/** Sets a member of its own, whatever `Object.prototype` has by that name. */
function put(members: Members, key: string, value: unknown): void {
  if (key in members) {
    Object.defineProperty(members, key, { value, writable: true, enumerable: true, configurable: true })
  } else members[key] = value
}
