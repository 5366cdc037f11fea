import { HeaderFields, type HeaderList } from '@halyard/core'

/** What undici gives: names in lower case; a field that came twice has an array. */
export type FieldRecord = Readonly<Record<string, string | readonly string[] | undefined>>

/** The fields of an answer. Single look-ups go to the record undici made anyway; the list is made when asked for. */
export class ResponseFields implements HeaderList {
  readonly #record: FieldRecord
  #list: HeaderFields | undefined

  constructor(record: FieldRecord) {
    this.#record = record
  }

  get(name: string): string | undefined {
    const value = this.#find(name)
    return typeof value === 'string' ? value : value?.[0]
  }

  getAll(name: string): readonly string[] {
    const value = this.#find(name)
    if (value === undefined) return []
    return typeof value === 'string' ? [value] : value
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined
  }

  with(name: string, value: string): HeaderList {
    return this.#fields().with(name, value)
  }

  append(name: string, value: string): HeaderList {
    return this.#fields().append(name, value)
  }

  without(name: string): HeaderList {
    return this.#fields().without(name)
  }

  toFlat(): readonly string[] {
    return this.#fields().toFlat()
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    return this.#fields()[Symbol.iterator]()
  }

  #find(name: string): string | readonly string[] | undefined {
    const record = this.#record
    if (Object.hasOwn(record, name)) return record[name]
    const lower = name.toLowerCase()
    return Object.hasOwn(record, lower) ? record[lower] : undefined
  }

  #fields(): HeaderFields {
    if (this.#list === undefined) {
      const flat: string[] = []
      for (const name of Object.keys(this.#record)) {
        // HTTP/2's own fields (`:status`) are no header fields.
        if (name.startsWith(':')) continue
        for (const value of this.getAll(name)) flat.push(name, value)
      }
      this.#list = new HeaderFields(flat)
    }
    return this.#list
  }
}

/** Bytes of a field section, as HPACK counts them less its overhead: names and values. */
export function fieldBytes(record: FieldRecord): number {
  let bytes = 0
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (typeof value === 'string') bytes += name.length + value.length
    else for (const one of value ?? []) bytes += name.length + one.length
  }
  return bytes
}
