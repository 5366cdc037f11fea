import type { HttpClient } from '../../../src/index.ts'

/** Calls without end, so many at a time. */
export class Load {
  done = 0
  readonly failures: unknown[] = []
  #stopped = false
  readonly #workers: readonly Promise<void>[]

  constructor(api: HttpClient, atOnce: number) {
    this.#workers = Array.from({ length: atOnce }, () => this.#work(api))
  }

  /** Lets those under way end. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
  }

  async #work(api: HttpClient): Promise<void> {
    while (!this.#stopped) {
      try {
        const text = await api.get('/thing').text()
        if (text !== 'good') throw new Error(`an answer that nobody gave: ${text}`)
        this.done += 1
      } catch (error) {
        this.failures.push(error)
      }
    }
  }
}
