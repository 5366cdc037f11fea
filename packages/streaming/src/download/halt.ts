/** Stops all that is under way for one download: the first failure wins. */
export class Halt {
  #failure: { readonly error: unknown } | undefined
  readonly #listeners = new Set<(error: unknown) => void>()

  stop(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener(error)
  }

  throwIfStopped(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** What `work` comes to, unless it is stopped before. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure.error)
      else this.#listeners.add(reject)
      work.then(
        (value) => {
          this.#listeners.delete(reject)
          resolve(value)
        },
        (error: unknown) => {
          this.#listeners.delete(reject)
          reject(error)
        },
      )
    })
  }
}
