import { ConnectionEnded } from './connection-ended.ts'

interface Waiter {
  /** Looks at what is there and takes what it wants; false to wait on. */
  attempt(): boolean
  fail(): void
}

/** Bytes that came and were not taken yet, and those who wait for more. */
export class IncomingBytes {
  #kept: Buffer = Buffer.alloc(0)
  #ended = false
  #waiters: Waiter[] = []

  push(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk])
    this.#serve()
  }

  end(): void {
    this.#ended = true
    this.#serve()
    for (const waiter of this.#waiters.splice(0)) waiter.fail()
  }

  /** Takes up to and including `mark`. */
  takeThrough(mark: string, what: string): Promise<Buffer> {
    return this.#take(what, () => {
      const at = this.#kept.indexOf(mark, 0, 'latin1')
      return at === -1 ? undefined : at + mark.length
    })
  }

  /** Takes `count` bytes. */
  takeCount(count: number, what: string): Promise<Buffer> {
    return this.#take(what, () => (this.#kept.byteLength < count ? undefined : count))
  }

  /** Takes as many bytes as `measure` says, waiting while it says `undefined`. */
  #take(what: string, measure: () => number | undefined): Promise<Buffer> {
    const taken = new Promise<Buffer>((resolve, reject) => {
      this.#waiters.push({
        attempt: () => {
          const count = measure()
          if (count === undefined) return false
          const bytes = this.#kept.subarray(0, count)
          this.#kept = this.#kept.subarray(count)
          resolve(bytes)
          return true
        },
        fail: () => reject(new ConnectionEnded(what)),
      })
    })
    // A script may start to wait and never look.
    taken.catch(() => {})
    this.#serve()
    if (this.#ended) this.end()
    return taken
  }

  #serve(): void {
    for (;;) {
      const first = this.#waiters[0]
      if (first === undefined || !first.attempt()) return
      this.#waiters.shift()
    }
  }
}
