/** What the layers of a client tell, by name. Nothing is made where nobody listens. */
export interface EventHub {
  /** Whether anybody listens: ask before an event is made. */
  listening(name: string): boolean
  /** Tells those who listen for `name`, in the order in which they came. */
  emit(name: string, event: object): void
}

type Listener = (event: object) => void

/**
 * The events of one client. A listener that throws harms no call and no other listener: its error is thrown on its own,
 * as one of a timer would be.
 */
export class ClientEvents implements EventHub {
  readonly #listeners = new Map<string, readonly Listener[]>()

  listening(name: string): boolean {
    return this.#listeners.has(name)
  }

  emit(name: string, event: object): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(event)
      } catch (error) {
        void Promise.resolve().then(() => {
          throw error
        })
      }
    }
  }

  /** Listens until what it returns is called. */
  on(name: string, listener: Listener): () => void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
    let listens = true
    return () => {
      if (!listens) return
      listens = false
      const known = this.#listeners.get(name) ?? []
      const left = known.toSpliced(known.indexOf(listener), 1)
      if (left.length === 0) this.#listeners.delete(name)
      else this.#listeners.set(name, left)
    }
  }
}
