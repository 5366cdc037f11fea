import { constant } from '@halyard/client'
import type { Chapter } from '../chapter.ts'

let asked = 0

export const busy: Chapter = {
  title: 'A busy server, asked again when it said so',
  code: "await api.get('/busy')",
  routes: {
    '/busy': (_request, response) => {
      asked += 1
      response.statusCode = asked === 1 ? 503 : 200
      if (asked === 1) response.setHeader('retry-after', '1')
      response.end(asked === 1 ? '' : 'Here you are.')
    },
  },
  async run({ api }) {
    const lines: string[] = []
    const stop = api.on('retry', ({ type, status, waitMs, refusal }) => {
      lines.push(
        `${status}: ${type}, ${type === 'retry' ? `in ${waitMs} ms` : `for the ${refusal} may not be repeated`}`,
      )
    })
    // By default the wait has a share of chance, too.
    const retry = { backoff: constant({ ms: 10 }) }
    lines.push(`GET:  ${await api.get('/busy', { retry }).text()}`)
    asked = 0
    const response = await api.post('/busy', 'an order', { retry })
    await response.discard()
    lines.push(`POST: ${response.status}, sent once: the server may have acted on it`)
    stop()
    return lines.join('\n')
  },
}
