import { BodyError, describePath } from '@halyard/core'
import { quotePath } from '../reading/quote.ts'
import { formEncode } from './form-encode.ts'

/** What reads forms seldom goes further. */
const maxDepth = 500
/** Names of the value's own in an error are cut to so many bytes together. */
const pathBytes = 128

/**
 * Writes a record, a Map, `URLSearchParams` or pairs of a name and a value as `application/x-www-form-urlencoded`
 * (WHATWG URL, section 5.2), UTF-8. `{ a: 1, b: ['x', 'y'], c: { d: 1 } }` is `a=1&b=x&b=y&c[d]=1`, a list of records
 * or lists `e[0][f]=…`, brackets encoded. Numbers, booleans and big integers are written as JavaScript does, dates in
 * ISO 8601. `undefined` members and empty lists are left out.
 *
 * Refused is what would not come back: `null`, numbers that are not finite, invalid dates, `undefined` in lists, lists
 * of values and records mixed, records inside of others that have nothing to write, names inside of records that are
 * empty or have brackets, two fields that come to one name, lone surrogates, and objects that are no plain data.
 *
 * @throws BodyError with code `encode`, naming the path, also for what nests deeper than 500 or holds itself.
 */
export function encodeForm(value: object): string {
  return writeForm(value)
}

/** As {@link encodeForm}, of what a schema made. */
export function writeForm(input: unknown): string {
  if (input instanceof URLSearchParams) return input.toString()
  if (typeof input !== 'object' || input === null)
    throw refused(`a form is made of a record or pairs, not ${kindOf(input)}`)
  const writer = new FormWriter()
  if (isIterable(input)) {
    for (const pair of input) {
      if (!isPair(pair)) throw refused('a list is a form only if it holds pairs of a name and a value')
      writer.field(pair[0], pair[1])
    }
  } else {
    if (!isRecord(input)) throw refused(`${kindOf(input)} is no form`)
    writer.record(input)
  }
  return writer.pairs.join('&')
}

class FormWriter {
  readonly pairs: string[] = []
  readonly #path: (string | number)[] = []
  readonly #above = new Set<object>()

  /** The fields of the outermost record. */
  record(record: object): void {
    this.#above.add(record)
    for (const name of Object.keys(record)) {
      const open = name.indexOf('[')
      const outer = name.slice(0, open)
      if (open > 0 && Object.hasOwn(record, outer) && isContainer(Reflect.get(record, outer))) {
        this.#path.push(name)
        throw this.#refuse('a name that another field may come to')
      }
      this.field(name, Reflect.get(record, name))
    }
  }

  field(name: string, value: unknown): void {
    this.#path.push(name)
    this.#value(this.#encode(name), value)
    this.#path.pop()
  }

  #value(key: string, value: unknown): void {
    if (value === undefined) return
    const scalar = this.#scalar(value)
    if (scalar !== undefined) {
      this.pairs.push(`${key}=${scalar}`)
      return
    }
    if (typeof value !== 'object' || value === null) throw this.#refuse(kindOf(value))
    this.#enter(value)
    if (Array.isArray(value)) this.#list(key, value)
    else if (isRecord(value)) this.#record(key, value)
    else throw this.#refuse(kindOf(value))
    this.#above.delete(value)
  }

  #enter(value: object): void {
    if (this.#above.has(value)) throw this.#refuse('an object that holds itself')
    if (this.#above.size > maxDepth) throw this.#refuse(`what nests deeper than ${maxDepth}`)
    this.#above.add(value)
  }

  #list(key: string, list: readonly unknown[]): void {
    let scalars = 0
    for (let index = 0; index < list.length; index += 1) {
      this.#path.push(index)
      const item = list[index]
      const scalar = this.#scalar(item)
      if (scalar === undefined) {
        if (item === undefined) throw this.#refuse('undefined in a list')
        this.#filled(`${key}%5B${index}%5D`, item)
      } else {
        scalars += 1
        this.pairs.push(`${key}=${scalar}`)
      }
      this.#path.pop()
    }
    if (scalars !== 0 && scalars !== list.length) throw this.#refuse('a list of values and records mixed')
  }

  #record(key: string, record: object): void {
    const before = this.pairs.length
    for (const name of Object.keys(record)) {
      this.#path.push(name)
      if (name === '' || /[[\]]/.test(name)) throw this.#refuse('a name that is empty or has brackets')
      this.#value(`${key}%5B${this.#encode(name)}%5D`, Reflect.get(record, name))
      this.#path.pop()
    }
    if (this.pairs.length === before) throw this.#refuse('a record inside of another without a field to write')
  }

  /** An item of a list, which must leave its index behind. */
  #filled(key: string, value: unknown): void {
    const before = this.pairs.length
    this.#value(key, value)
    if (this.pairs.length === before) throw this.#refuse('a list inside of another without an item to write')
  }

  /** The text of what is no container; `undefined` for what is one, or nothing that can be written. */
  #scalar(value: unknown): string | undefined {
    switch (typeof value) {
      case 'string':
        return this.#encode(value)
      case 'number':
        if (!Number.isFinite(value)) throw this.#refuse(String(value))
        return formEncode(String(value))
      case 'boolean':
      case 'bigint':
        return String(value)
      default:
        if (!(value instanceof Date)) return undefined
        if (Number.isNaN(value.getTime())) throw this.#refuse('an invalid Date')
        return formEncode(value.toISOString())
    }
  }

  #encode(text: string): string {
    if (!text.isWellFormed()) throw this.#refuse('a lone surrogate')
    return formEncode(text)
  }

  #refuse(what: string): BodyError {
    const path = quotePath(this.#path, pathBytes).map((step) => (typeof step === 'string' ? step.toWellFormed() : step))
    return refused(`it cannot hold ${what}${path.length === 0 ? '' : ` at ${describePath(path)}`}`)
  }
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
}

function isPair(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}

/** Plain data, also of a class; not what has a kind of its own, such as Maps, bytes and promises. */
function isRecord(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && !isIterable(value)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  return `a value of kind ${Object.prototype.toString.call(value).slice(8, -1)}`
}

function refused(words: string): BodyError {
  return new BodyError(`the request body cannot be written as a form: ${words}`, {
    code: 'encode',
    sent: 'no',
    target: '',
  })
}
