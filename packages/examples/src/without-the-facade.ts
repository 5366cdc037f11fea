// The parts alone: a transport, a list of middlewares, a reader. No verbs but get, no defaults.
import { gzipSync } from 'node:zlib'
import { readJson } from '@halyard/binding/json'
import { createPipeline, type Middleware } from '@halyard/core'
import { decodeContent } from '@halyard/streaming/decode'
import { transport } from '@halyard/transport'
import { httpServer } from '@halyard/testing'
import { z } from 'zod'

const Answer = z.object({ id: z.string() })

function requestId(): Middleware {
  let last = 0
  return {
    name: 'request-id',
    wrap: (next) => (request, call) => {
      last += 1
      return next(request.with({ headers: request.headers.with('x-request-id', String(last)) }), call)
    },
  }
}

const server = await httpServer((request, response) => {
  response.setHeader('content-encoding', 'gzip')
  response.end(gzipSync(JSON.stringify({ id: request.headers['x-request-id'] })))
})
const api = createPipeline({
  transport: transport({ pool: { maxConnections: 4 } }),
  baseUrl: server.origin,
  use: [requestId(), decodeContent()],
})

for (const path of ['/a', '/b']) {
  const response = await api.get(path)
  const { id } = await readJson(response, Answer)
  console.log(`${path}: ${response.status} request ${id}`)
}
console.log(api.describe().join(' > '))

await api.close()
await server.close()
