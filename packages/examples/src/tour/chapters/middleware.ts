import type { Middleware } from '@halyard/client'
import type { Chapter } from '../chapter.ts'

/** Notes what passes: the same middleware, put in two places. */
function note(place: string, lines: string[]): Middleware {
  return {
    name: `note-${place}`,
    wrap: (next, runtime) => async (request, call) => {
      const startedAt = runtime.now()
      const response = await next(request, call)
      const tookMs = runtime.now() - startedAt
      lines.push(
        `${place.padEnd(7)} ${request.method} ${request.path}: ${response.status} after ${tookMs.toFixed(1)} ms`,
      )
      return response
    },
  }
}

export const middleware: Chapter = {
  title: 'A middleware of your own, in both places',
  code: "api.extend({ use: { call: [note('call')], attempt: [note('attempt')] } }).get('/noted')",
  routes: { '/noted': (_request, response) => void response.end('ok') },
  async run({ api }) {
    const lines: string[] = []
    const noted = api.extend({ use: { call: [note('call', lines)], attempt: [note('attempt', lines)] } })
    await noted.get('/noted').text()
    return [`layers  ${noted.describe().join(' > ')}`, ...lines].join('\n')
  },
}
