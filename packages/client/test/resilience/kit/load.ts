import type { HttpClient } from '../../../src/index.ts'
import { until } from './until.ts'

/** Calls without end, so many at a time. */
export class Load {
  done = 0
  readonly failures: unknown[] = []
  #stopped = false
  readonly #workers: Promise<void>[] = []
  readonly #api: HttpClient

  constructor(api: HttpClient) {
    this.#api = api
  }

  /** Little by little: a port takes no thousand connections in one moment. */
  async begin(atOnce: number): Promise<void> {
    for (let begun = 0; begun < atOnce; begun = this.#workers.length) {
      const goal = this.done + 100
      for (let more = Math.min(200, atOnce - begun); more > 0; more -= 1) this.#workers.push(this.#work(this.#api))
      await until(() => this.done >= goal, 'calls are answered')
    }
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
