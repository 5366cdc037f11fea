// One logger in both places: around the call, and around each attempt of it.
import { createClient, type Middleware } from '@halyard/client'
import { httpServer } from '@halyard/testing'

function logger(place: string): Middleware {
  return {
    name: `logger-${place}`,
    wrap: (next) => async (request, call) => {
      console.log(`${place}: > ${request.method} ${request.path}`)
      const response = await next(request, call)
      console.log(`${place}: < ${response.status}`)
      return response
    },
  }
}

let requests = 0
const server = await httpServer((_request, response) => {
  requests += 1
  response.statusCode = requests === 1 ? 503 : 200
  response.end(`request ${requests}`)
})
const api = createClient(server.origin, {
  use: { call: [logger('call')], attempt: [logger('attempt')] },
})

console.log(`the caller reads: ${await api.get('/report').text()}`)
console.log(`layers: ${api.describe().join(' > ')}`)

await api.close()
await server.close()
