import { ConfigError } from '../errors/config-error.ts'
import type { HeaderList } from './header-list.ts'
import { checkHeader } from './header-syntax.ts'

/** What a caller may give as headers: `undefined` removes a field, an array repeats it. */
export type HeadersInit =
  | HeaderList
  | Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>

/** The list of a request: a flat array, copied on write. */
export class HeaderFields implements HeaderList {
  readonly #flat: readonly string[]

  /** Trusts `flat`: names and values were checked, and nobody else changes it. */
  constructor(flat: readonly string[]) {
    this.#flat = flat
  }

  get(name: string): string | undefined {
    const flat = this.#flat
    for (let at = 0; at < flat.length; at += 2) if (sameName(flat[at], name)) return flat[at + 1]
    return undefined
  }

  getAll(name: string): readonly string[] {
    const values: string[] = []
    const flat = this.#flat
    for (let at = 0; at < flat.length; at += 2) {
      const value = flat[at + 1]
      if (value !== undefined && sameName(flat[at], name)) values.push(value)
    }
    return values
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  with(name: string, value: string): HeaderList {
    checkHeader(name, value)
    const flat: string[] = []
    let placed = false
    for (const [known, old] of this) {
      if (!sameName(known, name)) flat.push(known, old)
      else if (!placed) {
        flat.push(name, value)
        placed = true
      }
    }
    if (!placed) flat.push(name, value)
    return new HeaderFields(flat)
  }

  append(name: string, value: string): HeaderList {
    checkHeader(name, value)
    return new HeaderFields([...this.#flat, name, value])
  }

  without(name: string): HeaderList {
    if (!this.has(name)) return this
    const flat: string[] = []
    for (const [known, value] of this) if (!sameName(known, name)) flat.push(known, value)
    return new HeaderFields(flat)
  }

  toFlat(): readonly string[] {
    return this.#flat
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string]> {
    const flat = this.#flat
    for (let at = 0; at < flat.length; at += 2) yield [flat[at] ?? '', flat[at + 1] ?? '']
  }
}

export const noHeaders: HeaderList = new HeaderFields([])

/**
 * Makes a checked list of whatever a caller gave.
 * @throws ConfigError for a name that is no token, or a value with CR, LF, NUL or characters beyond ISO-8859-1.
 */
export function headerList(init: HeadersInit | undefined): HeaderList {
  if (init === undefined) return noHeaders
  if (init instanceof HeaderFields) return init
  const flat: string[] = []
  for (const [name, value] of headerEntries(init)) if (value !== undefined) flat.push(name, value)
  return flat.length === 0 ? noHeaders : new HeaderFields(flat)
}

/** Lays `extra` over `base`: a field named in `extra` replaces all of the same name in `base`, `undefined` removes it. */
export function mergeHeaders(base: HeaderList, extra: HeadersInit): HeaderList {
  const entries = [...headerEntries(extra)]
  if (entries.length === 0) return base
  const replaced = new Set(entries.map(([name]) => name.toLowerCase()))
  const flat: string[] = []
  for (const [name, value] of base) if (!replaced.has(name.toLowerCase())) flat.push(name, value)
  for (const [name, value] of entries) if (value !== undefined) flat.push(name, value)
  return new HeaderFields(flat)
}

function* headerEntries(init: HeadersInit): Generator<readonly [name: string, value: string | undefined]> {
  if (typeof init !== 'object' || init === null) {
    throw new ConfigError({ option: 'headers', value: typeof init, expected: 'an object, a list or an iterable' })
  }
  if (isIterable(init)) {
    for (const [name, value] of init) {
      checkHeader(name, value)
      yield [name, value]
    }
    return
  }
  for (const name of Object.keys(init)) {
    const value = init[name]
    if (value === undefined) yield [name, undefined]
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      yield checked(name, String(value))
    } else if (Array.isArray(value)) for (const one of value) yield checked(name, one)
    else checkHeader(name, value as never)
  }
}

function checked(name: string, value: string): readonly [string, string] {
  checkHeader(name, value)
  return [name, value]
}

function isIterable(init: object): init is Iterable<readonly [string, string]> {
  return Symbol.iterator in init
}

/** Field names are compared without regard to case (RFC 9110 §5.1); most are equal or differ in length. */
function sameName(left: string | undefined, right: string): boolean {
  if (left === undefined || left.length !== right.length) return false
  return left === right || left.toLowerCase() === right.toLowerCase()
}
