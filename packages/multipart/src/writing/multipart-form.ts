import { partsOf, type FormValue } from './form-parts.ts'
import type { PartFields, PartInit } from './part-init.ts'

/** A form in the making, used as `FormData` is; it takes streams, files and parts as well. Give it to `multipart`. */
export class MultipartForm implements Iterable<PartInit> {
  #parts: PartInit[] = []

  /**
   * Adds a value under a name, beside those that have it already; several for an array.
   * @param options What is said of the part, or its file name.
   */
  append(name: string, value: FormValue, options: Omit<PartFields, 'name'> | string = {}): this {
    const fields = typeof options === 'string' ? { filename: options } : options
    for (const part of partsOf(name, value)) this.#parts.push({ ...part, ...fields, name })
    return this
  }

  /** Puts a value in the place of all that have the name. */
  set(name: string, value: FormValue, options: Omit<PartFields, 'name'> | string = {}): this {
    return this.delete(name).append(name, value, options)
  }

  delete(name: string): this {
    this.#parts = this.#parts.filter((part) => part.name !== name)
    return this
  }

  [Symbol.iterator](): Iterator<PartInit> {
    return this.#parts.values()
  }
}
