import type { Part } from '@halyard/multipart'

/** What is made of the parts of a message, each when it comes. */
export class MadeParts<Made> implements AsyncIterableIterator<Made, undefined> {
  readonly #parts: AsyncIterator<Part>
  readonly #make: (part: Part, index: number) => Made
  #count = 0

  constructor(parts: AsyncIterable<Part>, make: (part: Part, index: number) => Made) {
    this.#parts = parts[Symbol.asyncIterator]()
    this.#make = make
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Made, undefined>> {
    const item = await this.#parts.next()
    if (item.done === true) return done
    const index = this.#count
    this.#count += 1
    return { done: false, value: this.#make(item.value, index) }
  }

  async return(): Promise<IteratorResult<Made, undefined>> {
    await this.#parts.return?.()
    return done
  }
}

const done = { done: true, value: undefined } as const
