/** What servers said, by their origin. Of those used last only: redirects may lead to any number. */
export class PerOrigin<T> {
  readonly #limit: number
  readonly #values = new Map<string, T>()

  constructor(limit = 100) {
    this.#limit = limit
  }

  get(origin: string): T | undefined {
    return this.#values.get(origin)
  }

  set(origin: string, value: T): void {
    this.#values.delete(origin)
    this.#values.set(origin, value)
    if (this.#values.size <= this.#limit) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      break
    }
  }
}
