import { createClient, RejectedError, type HttpClient } from '@halyard/client'
import { systemClock } from '@halyard/core'
import type { Chapter } from '../chapter.ts'

let works = false

/** What a call came to, in a few words. */
async function asked(api: HttpClient): Promise<string> {
  try {
    const response = await api.get('/unsteady')
    await response.discard()
    return String(response.status)
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    return `refused by the ${error.by}, sent ${error.sent}`
  }
}

export const breaker: Chapter = {
  title: 'A circuit breaker: a server that fails is left alone',
  code: 'createClient(base, { circuitBreaker: { consecutiveFailures: 2, resetMs: 100 } })',
  routes: {
    '/unsteady': (_request, response) => {
      response.statusCode = works ? 200 : 503
      response.end()
    },
  },
  async run({ origin }) {
    const resetMs = 100
    const circuitBreaker = { consecutiveFailures: 2, resetMs }
    const api = createClient(origin, { retry: false, circuitBreaker })
    const lines: string[] = []
    const ask = async (): Promise<void> => {
      const outcome = await asked(api)
      lines.push(`${outcome.padEnd(32)} ${api.breaker.state()}`)
    }
    for (let count = 0; count < 4; count += 1) await ask()
    await new Promise<void>((resolve) => void systemClock.after(resetMs + 10, resolve))
    works = true
    lines.push(`${`after ${resetMs} ms`.padEnd(32)} ${api.breaker.state()}`)
    await ask()
    await api.close()
    return lines.join('\n')
  },
}
