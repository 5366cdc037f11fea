// One logger in both places: around the call, and around each attempt of it.
import { createClient, type HttpResponse, type Middleware } from '@halyard/client'
import { canResend } from '@halyard/core'
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

/** Asks once more after a 503. Stands between the two places. */
function onceMore(): Middleware {
  return {
    name: 'once-more',
    wrap: (next) => async (request, call) => {
      const response: HttpResponse = await next(request, call)
      if (response.status !== 503 || !canResend(request, { response })) return response
      await response.body.discard()
      return await next(request, call.fork({ attempt: call.attempt + 1 }))
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
  use: { call: [logger('call'), onceMore()], attempt: [logger('attempt')] },
})

console.log(`the caller reads: ${await api.get('/report').text()}`)
console.log(`layers: ${api.describe().join(' > ')}`)

await api.close()
await server.close()
