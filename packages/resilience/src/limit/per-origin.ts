/** Origins that are kept, unless more are busy. */
const mostKept = 1000
/** Origins that are kept, however busy they are. */
const mostEver = 10_000
/** How many are looked at for one that can be forgotten. */
const mostLookedAt = 32

/**
 * One state per origin. Beyond 1,000 the least recently used ones that are idle are forgotten, so that a client that
 * asks the whole web does not grow without end; beyond 10,000 the least recently used one, whatever it does.
 */
export class PerOrigin<T> {
  readonly #make: (origin: string) => T
  readonly #isIdle: (state: T) => boolean
  readonly #states = new Map<string, T>()
  /** Most clients speak to one origin, or several times in a row to the same. */
  #lastOrigin: string | undefined
  #last: T | undefined

  constructor(make: (origin: string) => T, isIdle: (state: T) => boolean) {
    this.#make = make
    this.#isIdle = isIdle
  }

  get size(): number {
    return this.#states.size
  }

  of(origin: string): T {
    if (origin === this.#lastOrigin && this.#last !== undefined) return this.#last
    let state = this.#states.get(origin)
    if (state === undefined) {
      if (this.#states.size >= mostKept) this.#forgetIdle()
      state = this.#make(origin)
    } else this.#states.delete(origin)
    // The map keeps them in order of use.
    this.#states.set(origin, state)
    this.#lastOrigin = origin
    this.#last = state
    return state
  }

  /** Without making one, and without using it. */
  peek(origin: string): T | undefined {
    return this.#states.get(origin)
  }

  /** In order of use, the latest last. */
  entries(): IterableIterator<[origin: string, state: T]> {
    return this.#states.entries()
  }

  #forgetIdle(): void {
    let looks = 0
    for (const [origin, state] of this.#states) {
      if (this.#isIdle(state)) {
        this.#states.delete(origin)
        if (origin === this.#lastOrigin) this.#last = undefined
        if (this.#states.size < mostKept) return
      } else {
        // In use, though nobody has asked for it of late: looked at again after all others.
        this.#states.delete(origin)
        this.#states.set(origin, state)
      }
      looks += 1
      if (looks >= mostLookedAt) break
    }
    if (this.#states.size < mostEver) return
    for (const origin of this.#states.keys()) {
      this.#states.delete(origin)
      return
    }
  }
}
