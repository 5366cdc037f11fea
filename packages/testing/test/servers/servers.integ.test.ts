import { beforeAll, describe, expect, test } from 'vitest'
import {
  eachProtocol,
  h2cServer,
  http2Server,
  httpServer,
  httpsServer,
  testAuthority,
  unixServer,
} from '../../src/index.ts'
import { askHttp1, askHttp2, keepingAgent } from './exchange.ts'

// Loading the library for certificates takes its time on a busy machine.
beforeAll(() => testAuthority(), 60_000)

describe.each(eachProtocol)('over $name', ({ start, httpVersion }) => {
  test('the same handler answers, and the exchange is counted', async () => {
    await using server = await start((request, response) => {
      response.writeHead(201, { 'x-version': request.httpVersion })
      response.end(`${request.method} ${request.url} ${request.httpVersion}`)
    })
    const ask = (path: string) =>
      httpVersion === '2' ? askHttp2(server.origin, path, server.ca) : askHttp1(server.origin + path, server.ca)
    const [first, second] = await Promise.all([ask('/a?b'), ask('/c')])
    const version = httpVersion === '2' ? '2.0' : '1.1'
    expect(first).toEqual({ status: 201, body: `GET /a?b ${version}` })
    expect(second).toEqual({ status: 201, body: `GET /c ${version}` })
    expect(server.requests).toBe(2)
    expect(server.totalConnections).toBe(2)
    expect(server.maxConnections).toBe(2)
    await server.idle()
    expect(server.connections).toBe(0)
  })

  test('close does not wait for requests that nobody answers', async () => {
    const seen = Promise.withResolvers<void>()
    const server = await start(() => seen.resolve())
    const asked = httpVersion === '2' ? askHttp2(server.origin, '/', server.ca) : askHttp1(server.origin, server.ca)
    asked.catch(() => {})
    await seen.promise
    expect(server.connections).toBe(1)
    await server.close()
    expect(server.connections).toBe(0)
  })

  test('what a handler throws comes out of close', async () => {
    const broken = new Error('broken handler')
    const server = await start(() => {
      throw broken
    })
    const asked = httpVersion === '2' ? askHttp2(server.origin, '/', server.ca) : askHttp1(server.origin, server.ca)
    await asked.catch(() => {})
    await expect(server.close()).rejects.toBe(broken)
  })
})

test('close destroys connections that are kept alive, and may be called again', async () => {
  const server = await httpServer((_request, response) => void response.end('kept'))
  const agent = keepingAgent()
  expect((await askHttp1(server.origin, undefined, { agent })).body).toBe('kept')
  expect(server.connections).toBe(1)
  await server.close()
  await server.close()
  expect(server.connections).toBe(0)
  agent.destroy()
})

test('close ends requests that nobody answers', async () => {
  const seen = Promise.withResolvers<void>()
  const server = await httpServer(() => seen.resolve())
  const asked = askHttp1(server.origin)
  await seen.promise
  await Promise.all([expect(asked).rejects.toThrow('socket hang up'), server.close()])
})

test('HTTP/2 in clear text', async () => {
  await using server = await h2cServer((request, response) => void response.end(request.url))
  expect(await askHttp2(server.origin, '/x')).toEqual({ status: 200, body: '/x' })
})

test('HTTP/2 also serves HTTP/1.1 where it is told to', async () => {
  await using server = await http2Server((request, response) => void response.end(request.httpVersion), {
    allowHTTP1: true,
  })
  expect((await askHttp1(server.origin, server.ca)).body).toBe('1.1')
  expect((await askHttp2(server.origin, '/', server.ca)).body).toBe('2.0')
})

test('a server on a socket path', async () => {
  await using server = await unixServer((request, response) => void response.end(request.url))
  const answer = await askHttp1(`${server.origin}/u`, undefined, { socketPath: server.socketPath })
  expect(answer.body).toBe('/u')
  expect(server.port).toBe(0)
})

test('a server that asks for certificates refuses clients without one', async () => {
  await using server = await httpsServer((_request, response) => void response.end('known'), { requestCert: true })
  await expect(askHttp1(server.origin, server.ca)).rejects.toThrow(/certificate/)
  const { cert, key } = await (await testAuthority()).issue({ usages: 'client', commonName: 'somebody' })
  expect((await askHttp1(server.origin, server.ca, { cert, key })).body).toBe('known')
})
