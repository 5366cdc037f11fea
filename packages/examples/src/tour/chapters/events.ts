import { z } from 'zod'
import type { Chapter } from '../chapter.ts'

const Tick = z.object({ n: z.number() })
let connections = 0

export const events: Chapter = {
  title: 'An event stream that is cut, and comes back',
  code: "for await (const { data } of api.get('/ticks').events(Tick)) { … }\n// Asks again with last-event-id: no event is lost, none comes twice.",
  routes: {
    '/ticks': (request, response) => {
      connections += 1
      const last = Number(request.headers['last-event-id'] ?? 0)
      response.setHeader('content-type', 'text/event-stream')
      const event = (n: number): string => `id: ${n}\ndata: {"n":${n}}\n\n`
      // Two events and a part of the third; then the connection breaks.
      response.write(`retry: 20\n${event(last + 1)}${event(last + 2)}id: ${last + 3}\ndata: {"n"`, () => {
        setImmediate(() => response.destroy())
      })
    },
  },
  async run({ api }) {
    const seen: number[] = []
    for await (const { data } of api.get('/ticks').events(Tick)) {
      seen.push(data.n)
      if (seen.length === 6) break
    }
    return `${seen.join(' ')}, over ${connections} connections`
  },
}
