import { createClient } from '@halyard/client'
import { httpServer } from '@halyard/testing'
import { contents } from './contents.ts'
import { entry, heading, milliseconds, paint, shown, wireLines } from './print.ts'
import { WireRecorder } from './wire.ts'

/** Plays every chapter against a server of its own. */
export async function play(): Promise<void> {
  const routes = new Map(contents.flatMap((chapter) => Object.entries(chapter.routes)))
  const wire = new WireRecorder()
  const server = await httpServer(
    wire.record((request, response) => {
      const route = routes.get(request.url ?? '')
      if (route !== undefined) return route(request, response)
      response.statusCode = 404
      response.end()
    }),
  )
  const api = createClient(server.origin)
  console.log(`${paint('bold', 'Halyard, a tour.')} A server on this machine answers at ${server.origin}.`)
  console.log('What stands behind > and < was written down by that server.')
  for (const [index, chapter] of contents.entries()) {
    heading(`${index + 1}. ${chapter.title}`)
    entry('code', chapter.code)
    const startedAt = performance.now()
    const result = await chapter.run({ api, origin: server.origin })
    const tookMs = performance.now() - startedAt
    entry('result', shown(result))
    entry('took', milliseconds(tookMs))
    const exchanges = await wire.take()
    if (exchanges.length > 0) entry('wire', exchanges.map(wireLines).join('\n'))
  }
  await api.close()
  await server.close()
  console.log(
    `\nNext: ${paint('bold', 'npm start -- https://example.com')} does this with a URL of yours; docs/getting-started.md.`,
  )
}
