import { createClient, type HttpClient } from '@halyard/client'
import type { Chapter } from '../chapter.ts'
import { Backend } from '../backend.ts'

/** Reads that go on until they are stopped. */
class Traffic {
  answered = 0
  lost = 0
  #stopped = false
  readonly #workers: Promise<void>[]

  constructor(api: HttpClient, atOnce: number) {
    this.#workers = Array.from({ length: atOnce }, () => this.#flow(api))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
  }

  async #flow(api: HttpClient): Promise<void> {
    while (!this.#stopped) {
      try {
        await api.get('/').text()
        this.answered += 1
      } catch {
        this.lost += 1
      }
    }
  }
}

/** When the health checks say so of an endpoint. */
function told(api: HttpClient, health: 'healthy' | 'unhealthy'): Promise<void> {
  return new Promise((resolve) => {
    const stop = api.on('balance', ({ type }) => {
      if (type !== health) return
      stop()
      resolve()
    })
  })
}

export const killed: Chapter = {
  title: 'Three servers; one is killed while requests flow, and comes back',
  code: "createClient([one, two, three], { health: { path: '/', intervalMs: 50 } })",
  routes: {},
  async run() {
    const backends = await Promise.all([Backend.start(), Backend.start(), Backend.start()])
    const [, two] = backends
    const api = createClient(
      backends.map(({ origin }) => origin),
      { health: { path: '/', intervalMs: 50 } },
    )
    const traffic = new Traffic(api, 8)
    const lines: string[] = []
    const line = (what: string): void => {
      lines.push(`${what.padEnd(20)} ${backends.map(({ answered }) => String(answered).padStart(6)).join('')}`)
      for (const backend of backends) backend.answered = 0
    }
    await Promise.all(backends.map((backend) => backend.after(100)))
    line('all three')
    const down = told(api, 'unhealthy')
    await two.kill()
    await down
    line('the second is killed')
    const up = told(api, 'healthy')
    await two.restart()
    await up
    await two.after(100)
    line('it is back')
    await traffic.stop()
    await api.close()
    await Promise.all(backends.map((backend) => backend.kill()))
    return [...lines, `${traffic.answered} requests, ${traffic.lost} lost`].join('\n')
  },
}
