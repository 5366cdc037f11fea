import type { Source } from '@halyard/binding/record'

/** One item of many in a body, as decoders see it: JSON, whatever the body as a whole is. */
export class ItemSource implements Source {
  readonly mediaType = 'application/json'
  readonly #of: Source
  readonly #place: string

  constructor(of: Source, place: string) {
    this.#of = of
    this.#place = place
  }

  get target(): string {
    return `${this.#of.target}, ${this.#place}`
  }

  get status(): number {
    return this.#of.status
  }
}
