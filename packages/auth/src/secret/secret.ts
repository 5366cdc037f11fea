const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Holds what must not be printed: it shows as `[secret]` in text, JSON and whatever looks into objects. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
    Object.defineProperty(this, inspect, { value: () => '[secret]' })
  }

  /** The value itself, for whoever sends it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
