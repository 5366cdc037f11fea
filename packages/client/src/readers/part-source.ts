import type { Source } from '@halyard/binding/record'
import type { Part } from '@halyard/multipart'

/** What decoders want to know of a part; made of strings only where there is something to say. */
export class PartSource implements Source {
  readonly #part: Part
  readonly #answer: Source
  readonly #place: readonly number[]
  readonly #isNamed: boolean

  /** `place`: the index in each message on the way to it. Its name is text of the peer's: `isNamed` says if it is told. */
  constructor(part: Part, answer: Source, place: readonly number[], isNamed: boolean) {
    this.#part = part
    this.#answer = answer
    this.#place = place
    this.#isNamed = isNamed
  }

  get target(): string {
    return this.#answer.target
  }

  get status(): number {
    return this.#answer.status
  }

  get mediaType(): string | undefined {
    return this.#part.headers.get('content-type')
  }

  get part(): string {
    const place = this.#place.map((index) => `parts[${index}]`).join('.')
    const { name } = this.#part
    return name === undefined || !this.#isNamed ? place : `${place} named ${JSON.stringify(shortened(name))}`
  }
}

function shortened(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80).toWellFormed()}…` : name
}
