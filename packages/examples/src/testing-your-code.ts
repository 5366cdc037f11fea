// Testing code that uses a client: without a network, without waiting, and against a real server.
import assert from 'node:assert/strict'
import { createClient, TimeoutError, type HttpClient } from '@halyard/client'
import { fakeClock, httpServer, mockTransport } from '@halyard/testing'

// The code under test takes a client: it does not make one.
async function nameOf(api: HttpClient, id: number): Promise<string> {
  const response = await api.get('/users/{id}', { params: { id } })
  if (response.status === 404) {
    await response.discard()
    return 'nobody'
  }
  return await response.text()
}

// 1. Without a network: the answers are a list, and the requests are remembered.
const transport = mockTransport([{ body: 'Ada' }, { status: 404, body: 'no such user' }])
const mocked = createClient('https://api.example.com', { transport })
assert.equal(await nameOf(mocked, 1), 'Ada')
assert.equal(await nameOf(mocked, 2), 'nobody')
assert.deepEqual(
  transport.requests.map(({ method, url }) => `${method} ${url}`),
  ['GET https://api.example.com/users/1', 'GET https://api.example.com/users/2'],
)
assert.equal(transport.openBodies(), 0)
await mocked.close()
console.log('mock transport: 2 requests, no body left open')

// 2. Without waiting: time moves when it is told to.
const clock = fakeClock()
const silent = mockTransport(() => new Promise(() => undefined))
const slow = createClient('https://api.example.com', { transport: silent, clock, timeout: 30_000 })
const failure = nameOf(slow, 1).catch((error: unknown) => error)
await clock.advance(30_000)
const error = await failure
assert(error instanceof TimeoutError)
await slow.close()
console.log(`fake clock: ${error.limitMs} ms went by in no time, phase ${error.phase}`)

// 3. Against a real server on this machine.
const server = await httpServer((request, response) => {
  response.end(request.url === '/users/1' ? 'Ada' : 'somebody else')
})
const real = createClient(server.origin)
assert.equal(await nameOf(real, 1), 'Ada')
console.log(`local server: ${server.requests} request over ${server.totalConnections} connection`)
await real.close()
await server.close()
