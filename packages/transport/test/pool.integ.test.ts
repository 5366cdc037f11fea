import { isHttpError, type HttpResponse } from '@halyard/core'
import { eachProtocol, fakeClock, httpServer, httpsServer, rawServer, reply } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { connectionPool } from '../src/index.ts'
import { clientFor, gate, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const ok = () => tidy(httpServer((_request, response) => void response.end('ok')))

/** Answers when its gate is opened. */
async function holding() {
  const { opened, open } = gate()
  const server = await tidy(
    httpServer(async (request, response) => {
      await opened
      response.end(request.url)
    }),
  )
  return { server, open }
}

test('200 calls over 4 connections', async () => {
  await using server = await ok()
  await using client = clientFor(server, { pool: { maxConnections: 4 } })
  const results = Promise.all(Array.from({ length: 200 }, () => text(client.api.get('/'))))
  expect(client.stats()).toMatchObject({ connections: 4, queued: 200, protocol: undefined })
  let polls = 0
  const seen = { active: 0, queued: 0 }
  while (server.requests < 200) {
    const { connections, idle, active, queued } = client.stats()
    expect(connections).toBeLessThanOrEqual(4)
    expect(active + queued).toBeLessThanOrEqual(200)
    // The rest is being opened.
    expect(idle + active).toBeLessThanOrEqual(connections)
    seen.active = Math.max(seen.active, active)
    seen.queued = Math.max(seen.queued, queued)
    polls += 1
    await new Promise((resolve) => void setImmediate(resolve))
  }
  expect(await results).toHaveLength(200)
  expect(polls).toBeGreaterThan(0)
  expect(seen).toEqual({ active: 4, queued: 200 })
  expect(server.maxConnections).toBe(4)
  expect(client.stats()).toEqual({ connections: 4, idle: 4, active: 0, queued: 0, streams: 0, protocol: 'h1' })
})

test('calls are served in the order in which they came', async () => {
  const order: string[] = []
  await using server = await tidy(
    httpServer((request, response) => {
      order.push(request.url)
      response.end()
    }),
  )
  await using client = clientFor(server, { pool: { maxConnections: 1 } })
  await Promise.all(Array.from({ length: 30 }, (_, call) => text(client.api.get(`/${call}`))))
  expect(order).toEqual(Array.from({ length: 30 }, (_, call) => `/${call}`))
})

test('who waits too long is told so, and nothing was sent', async () => {
  const clock = fakeClock()
  const { server, open } = await holding()
  await using held = server
  await using client = clientFor(held, { pool: { maxConnections: 1, acquireTimeoutMs: 500 } }, clock)
  const first = text(client.api.get('/first'))
  await until(() => held.requests === 1)
  const second = thrown(client.api.get('/second'))
  const own = thrown(client.api.get('/own', { timeout: { queueMs: 200 } }))
  await clock.advance(200)
  expect(await own).toMatchObject({ code: 'timeout', phase: 'queue', limitMs: 200, sent: 'no' })
  expect(client.stats().queued).toBe(1)
  await clock.advance(299)
  expect(client.stats().queued).toBe(1)
  await clock.advance(1)
  const error = await second
  expect(error).toMatchObject({ code: 'timeout', phase: 'queue', limitMs: 500, sent: 'no' })
  expect(error.message).toContain(`GET ${held.origin}/second: no free connection within 500 ms`)
  expect(client.stats().queued).toBe(0)
  open()
  expect(await first).toBe('/first')
  expect(held.requests).toBe(1)
})

test('a cancelled call leaves the queue, and its place is free', async () => {
  const { server, open } = await holding()
  await using held = server
  await using client = clientFor(held, { pool: { maxConnections: 1 } })
  const first = text(client.api.get('/first'))
  await until(() => held.requests === 1)
  const controller = new AbortController()
  const second = thrown(client.api.get('/second', { signal: controller.signal }))
  const third = text(client.api.get('/third'))
  expect(client.stats().queued).toBe(2)
  controller.abort(new Error('enough'))
  expect(await second).toMatchObject({ code: 'aborted', sent: 'no', cause: new Error('enough') })
  expect(client.stats().queued).toBe(1)
  open()
  expect(await Promise.all([first, third])).toEqual(['/first', '/third'])
  expect(held.requests).toBe(2)
})

test('an aborted call in flight closes its connection, and the next one is served', async () => {
  const { server, open } = await holding()
  await using held = server
  await using client = clientFor(held, { pool: { maxConnections: 1 } })
  const controller = new AbortController()
  const first = thrown(client.api.get('/first', { signal: controller.signal }))
  await until(() => held.requests === 1)
  const second = text(client.api.get('/second'))
  controller.abort()
  expect(await first).toMatchObject({ code: 'aborted', sent: 'maybe' })
  open()
  expect(await second).toBe('/second')
  expect(held.maxConnections).toBeLessThanOrEqual(2)
})

test('a call that is cancelled before it starts sends nothing', async () => {
  await using server = await ok()
  await using client = clientFor(server)
  const error = await thrown(client.api.get('/', { signal: AbortSignal.abort(new Error('late')) }))
  expect(error).toMatchObject({ code: 'aborted', sent: 'no', cause: new Error('late') })
  expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
  expect(server.totalConnections).toBe(0)
})

describe('how long connections live', () => {
  test('no more than maxIdleConnections stay without work', async () => {
    await using server = await ok()
    await using client = clientFor(server, { pool: { maxIdleConnections: 3 } })
    await Promise.all(Array.from({ length: 20 }, () => text(client.api.get('/'))))
    await until(() => server.connections === 3, 'the rest to be closed')
    expect(client.stats()).toMatchObject({ connections: 3, idle: 3 })
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(client.stats()).toMatchObject({ connections: 3, idle: 3 })
  })

  test('with maxIdleConnections 0 each is closed', async () => {
    await using server = await ok()
    await using client = clientFor(server, { pool: { maxIdleConnections: 0 } })
    for (let call = 0; call < 3; call += 1) {
      expect(await text(client.api.get('/'))).toBe('ok')
      await until(() => server.connections === 0 && client.stats().connections === 0)
    }
    expect(server.totalConnections).toBe(3)
  })

  test.each(eachProtocol)('idleTimeoutMs over $name', async ({ start }) => {
    await using server = await tidy(start((_request, response) => void response.end('ok')))
    await using client = clientFor(server, { pool: { idleTimeoutMs: 150 } })
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(client.stats().idle).toBe(1)
    await until(() => server.connections === 0, 'the idle connection to be closed')
    await until(() => client.stats().connections === 0, 'the pool to know')
    expect(await text(client.api.get('/'))).toBe('ok')
  })

  test('a burst leaves no connection behind, used or not', async () => {
    const { server, open } = await holding()
    await using held = server
    await using client = clientFor(held, { pool: { idleTimeoutMs: 150 } })
    const controller = new AbortController()
    const calls = Array.from({ length: 40 }, (_, call) =>
      client.api
        .get('/', { signal: call % 2 === 0 ? controller.signal : undefined })
        .then(text, (error: unknown) => String(error)),
    )
    controller.abort()
    open()
    await Promise.all(calls)
    await until(() => held.connections === 0 && client.stats().connections === 0, 'all to be closed')
    expect(client.stats()).toMatchObject({ idle: 0, active: 0, queued: 0 })
  })

  test('maxAgeMs: an old connection takes no more requests', async () => {
    const clock = fakeClock()
    await using server = await ok()
    await using client = clientFor(server, { pool: { maxAgeMs: 1_000 } }, clock)
    await text(client.api.get('/'))
    await clock.advance(999)
    await text(client.api.get('/'))
    expect(server.totalConnections).toBe(1)
    await clock.advance(1)
    await text(client.api.get('/'))
    expect(server.totalConnections).toBe(2)
    await until(() => server.connections === 1)
  })

  test('maxRequestsPerConnection', async () => {
    await using server = await ok()
    await using client = clientFor(server, { pool: { maxRequestsPerConnection: 3, maxConnections: 1 } })
    for (let call = 0; call < 10; call += 1) expect(await text(client.api.get('/'))).toBe('ok')
    expect(server.totalConnections).toBe(4)
    await Promise.all(Array.from({ length: 20 }, () => text(client.api.get('/'))))
    expect(server.totalConnections).toBeGreaterThanOrEqual(10)
    // A server may hear of the next connection before it hears of the end of the last.
    expect(server.maxConnections).toBeLessThanOrEqual(2)
  })

  test.each([
    { says: 'HTTP/1.1', answer: 'HTTP/1.1 200 OK\r\n', stays: true },
    { says: 'HTTP/1.1, Connection: keep-alive', answer: 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n', stays: true },
    { says: 'Connection: close', answer: 'HTTP/1.1 200 OK\r\nConnection: close\r\n', stays: false },
    { says: 'Connection: Close', answer: 'HTTP/1.1 200 OK\r\nConnection: Close\r\n', stays: false },
    { says: 'close in a list', answer: 'HTTP/1.1 200 OK\r\nConnection: x-a, close\r\n', stays: false },
    {
      says: 'close in a second field',
      answer: 'HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: close\r\n',
      stays: false,
    },
    { says: 'HTTP/1.0', answer: 'HTTP/1.0 200 OK\r\n', stays: false },
    { says: 'HTTP/1.0, keep-alive', answer: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n', stays: true },
  ])('$says', async ({ answer, stays }) => {
    await using server = await tidy(
      rawServer(async (connection) => {
        for (;;) {
          await connection.receiveRequest()
          await connection.send(`${answer}content-length: 2\r\n\r\nok`)
        }
      }),
    )
    await using client = clientFor(server)
    for (let call = 0; call < 3; call += 1) {
      const response = await client.api.get('/')
      expect(response.httpVersion).toBe(answer.slice(5, 8))
      expect(await text(response)).toBe('ok')
      if (!stays) await until(() => server.connections === 0, 'the connection to be closed')
    }
    expect(server.totalConnections).toBe(stays ? 1 : 3)
  })

  test('an answer before the whole request was read ends the connection', async () => {
    await using server = await tidy(
      rawServer(async (connection) => {
        await connection.receiveHead()
        await connection.send(reply({ status: 413, body: 'no' }))
      }),
    )
    await using client = clientFor(server)
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first')
      await new Promise(() => {})
    }
    const body = { contentType: undefined, length: undefined, replayable: false, open: () => endless() }
    const response = await client.api.request('POST', '/', { body })
    expect(response.status).toBe(413)
    expect(await text(response)).toBe('no')
    await until(() => server.connections === 0 && client.stats().connections === 0, 'the connection to be closed')
  })

  test('a server that closes an idle connection', async () => {
    await using server = await ok()
    const sockets: { destroy(): unknown }[] = []
    server.server.on('connection', (socket) => sockets.push(socket))
    await using client = clientFor(server)
    await text(client.api.get('/'))
    sockets[0]?.destroy()
    await until(() => client.stats().connections === 0, 'the pool to know')
    expect(await text(client.api.get('/'))).toBe('ok')
  })

  test('a server that closes a connection that was never used', async () => {
    const { server, open } = await holding()
    await using held = server
    const sockets: { destroy(): unknown }[] = []
    held.server.on('connection', (socket) => sockets.push(socket))
    await using client = clientFor(held)
    const controller = new AbortController()
    const first = text(client.api.get('/first'))
    await until(() => held.requests === 1)
    open()
    // The first connection is free before the second is there, and serves both.
    const second = text(client.api.get('/second'))
    expect(await Promise.all([first, second])).toEqual(['/first', '/second'])
    await until(() => sockets.length === 2 && client.stats().idle === 2, 'the spare connection')
    sockets[1]?.destroy()
    await until(() => client.stats().connections === 1, 'the pool to know')
    expect(await text(client.api.get('/third', { signal: controller.signal }))).toBe('/third')
  })
})

describe('identities', () => {
  test('two tls objects never share a connection, one pool or not', async () => {
    await using server = await tidy(httpsServer((_request, response) => void response.end('ok')))
    await using pool = connectionPool()
    const tls = () => ({ ca: server.ca ?? '' })
    await using one = clientFor(server, { pool, tls: tls() })
    await using two = clientFor(server, { pool, tls: tls() })
    for (const { api } of [one, two, one, two]) expect(await text(api.get('/'))).toBe('ok')
    expect(server.totalConnections).toBe(2)
  })

  test('one tls object and one pool share', async () => {
    await using server = await tidy(httpsServer((_request, response) => void response.end('ok')))
    await using pool = connectionPool()
    const tls = { ca: server.ca ?? '' }
    await using one = clientFor(server, { pool, tls })
    await using two = clientFor(server, { pool, tls })
    for (const { api } of [one, two, one, two]) expect(await text(api.get('/'))).toBe('ok')
    expect(server.totalConnections).toBe(1)
    expect(pool.stats()[server.origin]).toMatchObject({ connections: 1, idle: 1, protocol: 'h1' })
  })

  test('the limit of a shared pool holds for all who share', async () => {
    await using server = await ok()
    await using pool = connectionPool({ maxConnections: 2 })
    await using one = clientFor(server, { pool })
    await using two = clientFor(server, { pool })
    await Promise.all(Array.from({ length: 40 }, (_, call) => text((call % 2 === 0 ? one : two).api.get('/'))))
    expect(server.maxConnections).toBe(2)
  })

  test('one who is destroyed takes nothing from the others', async () => {
    const { server, open } = await holding()
    await using held = server
    await using pool = connectionPool()
    const one = clientFor(held, { pool })
    await using two = clientFor(held, { pool })
    const lost = thrown(one.api.get('/one'))
    const kept = text(two.api.get('/two'))
    await until(() => held.requests === 2)
    await one.destroy()
    expect(isHttpError(await lost, 'aborted')).toBe(true)
    open()
    expect(await kept).toBe('/two')
    expect(isHttpError(await thrown(one.api.get('/')), 'aborted')).toBe(true)
    expect(await text(two.api.get('/two'))).toBe('/two')
  })

  test('one who closes leaves a shared pool open', async () => {
    await using server = await ok()
    await using pool = connectionPool()
    const one = clientFor(server, { pool })
    await text(one.api.get('/'))
    await one.api.close()
    expect(pool.stats()[server.origin]).toMatchObject({ idle: 1 })
    await using two = clientFor(server, { pool })
    expect(await text(two.api.get('/'))).toBe('ok')
    expect(server.totalConnections).toBe(1)
  })
})

describe('bodies that nobody reads', () => {
  const sized = (bytes: number) => tidy(httpServer((_request, response) => void response.end(Buffer.alloc(bytes, 'x'))))

  test('small ones free their connection by themselves', async () => {
    await using server = await sized(10_000)
    await using client = clientFor(server, { pool: { maxConnections: 2 } })
    const unread: HttpResponse[] = []
    for (let call = 0; call < 50; call += 1) unread.push(await client.api.get('/'))
    expect(unread).toHaveLength(50)
    expect(server.totalConnections).toBeLessThanOrEqual(2)
  })

  test.each([0, 1, 60_000])('discard() of %d bytes keeps the connection', async (bytes) => {
    await using server = await sized(bytes)
    await using client = clientFor(server)
    for (let call = 0; call < 5; call += 1) await (await client.api.get('/')).body.discard()
    expect(server.totalConnections).toBe(1)
  })

  test('discard() of a large body closes it', async () => {
    await using server = await sized(5_000_000)
    await using client = clientFor(server)
    const response = await client.api.get('/')
    await response.body.discard()
    await response.body.discard()
    await until(() => server.connections === 0, 'the connection to be closed')
    expect(isHttpError(await thrown(response.body.bytes()))).toBe(true)
  })

  test('discard() of a body without length stops when it is long', async () => {
    await using server = await tidy(
      httpServer((_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(10_000)));
        }
        response.on('drain', more)
        response.on('error', () => {})
        more()
      }),
    )
    await using client = clientFor(server)
    await (await client.api.get('/')).body.discard()
    await until(() => server.connections === 0, 'the connection to be closed')
    expect(server.requests).toBe(1)
  })

  test('listeners hear once of the end, of a failure and of a discard', async () => {
    await using server = await sized(5_000_000)
    await using client = clientFor(server)
    const heard: unknown[] = []
    const listening = async (): Promise<HttpResponse> => {
      const response = await client.api.get('/')
      response.body.onSettled((error) => heard.push(error === undefined ? 'end' : 'error'))
      response.body.onSettled((error) => heard.push(error === undefined ? 'end' : 'error'))
      return response
    }
    const read = await listening()
    await read.body.bytes()
    expect(heard.splice(0)).toEqual(['end', 'end'])
    read.body.onSettled(() => heard.push('late'))
    expect(heard.splice(0)).toEqual(['late'])
    await (await listening()).body.discard()
    expect(heard.splice(0)).toEqual(['error', 'error'])
    for await (const _ of (await listening()).body.stream()) break
    expect(heard.splice(0)).toEqual(['error', 'error'])
  })

  test('a body is read once', async () => {
    await using server = await sized(10)
    await using client = clientFor(server)
    const response = await client.api.get('/')
    await response.body.bytes()
    expect(isHttpError(await thrown(response.body.bytes()))).toBe(true)
    expect(() => response.body.stream()).toThrow(/once|already|taken/)
  })
})
