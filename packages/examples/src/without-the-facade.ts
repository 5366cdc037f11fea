// The parts alone: a transport and a list of middlewares. No verbs but get, no readers, no defaults.
import { createPipeline, type Middleware } from '@halyard/core'
import { transport } from '@halyard/transport'
import { httpServer } from '@halyard/testing'

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
  response.end(`request ${String(request.headers['x-request-id'])}`)
})
const api = createPipeline({
  transport: transport({ pool: { maxConnections: 4 } }),
  baseUrl: server.origin,
  use: [requestId()],
})

for (const path of ['/a', '/b']) {
  const response = await api.get(path)
  const body = new TextDecoder().decode(await response.body.bytes())
  console.log(`${path}: ${response.status} ${body}`)
}
console.log(api.describe().join(' > '))

await api.close()
await server.close()
