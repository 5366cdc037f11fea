/** Whether the consumer of an iteration is still there. What waits for something hears at once when it leaves. */
export class Visit {
  #left = false
  #release: (() => void) | undefined

  get left(): boolean {
    return this.#left
  }

  leave(): void {
    if (this.#left) return
    this.#left = true
    const release = this.#release
    this.#release = undefined
    release?.()
  }

  /**
   * What `work` gives, or `undefined` as soon as the consumer has left; nobody hears then how the work ends, but `late`
   * gets what it gives. One at a time.
   */
  until<T>(work: Promise<T>, late?: (value: T) => void): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#release = () => resolve(undefined)
      if (this.#left) resolve(undefined)
      work.then(
        (value) => {
          this.#release = undefined
          if (this.#left) late?.(value)
          else resolve(value)
        },
        (error: unknown) => {
          this.#release = undefined
          if (!this.#left) reject(error)
        },
      )
    })
  }
}

/**
 * An iteration whose consumer can leave while it waits for an item. `run` waits for nothing but by the visit, and cleans
 * up in a `finally`; `unstarted` does where it never ran.
 */
export function leavable<T>(
  run: (visit: Visit) => AsyncGenerator<T, void, undefined>,
  unstarted?: () => Promise<void>,
): AsyncIterable<T> {
  const visit = new Visit()
  const items = run(visit)
  let started = false
  const iterator: AsyncIterator<T, void, undefined> = {
    next: () => {
      started = true
      return items.next()
    },
    return: async () => {
      const isFirst = !started
      started = true
      visit.leave()
      if (isFirst) await unstarted?.()
      return await items.return()
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}
