import { fakeClock, h2cServer, http2Server, rawServer, type RawConnection, type ServerRequest } from '@halyard/testing'
import type { Http2ServerRequest, ServerHttp2Session } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { clientFor, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const prior = { http2: { priorKnowledge: true, pingIntervalMs: 1_000 } }

function sessionOf(request: ServerRequest): ServerHttp2Session | undefined {
  return (request as unknown as Http2ServerRequest).stream.session as ServerHttp2Session | undefined
}

/** Greets as HTTP/2 does: empty SETTINGS, and the acknowledgement of the client's. */
async function greet(connection: RawConnection): Promise<void> {
  await connection.receiveBytes(24)
  await connection.send('\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0')
}

describe('pings', () => {
  test('that nobody answers end the connection, and say why', async () => {
    const clock = fakeClock()
    await using server = await tidy(
      rawServer(async (connection) => {
        await greet(connection)
        await connection.stall()
      }),
    )
    const timeout = { headersMs: false, idleMs: false } as const
    await using client = clientFor(server, { ...prior, timeout }, clock)
    const failed = thrown(client.api.request('POST', '/', { body: 'x' }))
    await until(() => (server.received[0] ?? '').length > 60, 'the request')
    await clock.advance(1_000)
    await until(() => (server.received[0] ?? '').includes('\0\0\x08\x06\0\0\0\0\0'), 'a ping')
    await clock.advance(1_000)
    expect(await failed).toMatchObject({ code: 'socket', reason: 'silent', sent: 'maybe' })
    expect(client.stats().connections).toBe(0)
  })

  test('that are answered keep it', async () => {
    const clock = fakeClock()
    await using server = await tidy(h2cServer((_request, response) => void response.end('ok')))
    let pings = 0
    server.server.on('session', (session: ServerHttp2Session) => session.on('ping', () => void (pings += 1)))
    await using client = clientFor(server, { ...prior, pool: { idleTimeoutMs: 60_000 } }, clock)
    await text(client.api.get('/'))
    for (let round = 1; round <= 5; round += 1) {
      await clock.advance(1_000)
      await until(() => pings === round, 'the ping to arrive')
      // Answered once a later request was.
      await text(client.api.get('/'))
    }
    expect(server.totalConnections).toBe(1)
  })
})

describe('idle connections', () => {
  test('end when they have lain long enough, and not before', async () => {
    const clock = fakeClock()
    await using server = await tidy(http2Server((_request, response) => void response.end('ok')))
    await using client = clientFor(server, { pool: { idleTimeoutMs: 1_000 } }, clock)
    await text(client.api.get('/'))
    await clock.advance(900)
    await text(client.api.get('/'))
    // The first rest would have been over.
    await clock.advance(900)
    await text(client.api.get('/'))
    expect([client.stats().connections, server.totalConnections]).toEqual([1, 1])
    await clock.advance(1_000)
    expect(client.stats().connections).toBe(0)
    await until(() => server.connections === 0, 'the server to see it')
    await text(client.api.get('/'))
    expect(server.totalConnections).toBe(2)
  })
})

test('a server that takes no streams for now is waited for, over one connection', async () => {
  await using server = await tidy(
    http2Server((_request, response) => void response.end('ok'), { settings: { maxConcurrentStreams: 0 } }),
  )
  const sessions: ServerHttp2Session[] = []
  server.server.on('session', (session: ServerHttp2Session) => sessions.push(session))
  await using client = clientFor(server, { pool: { acquireTimeoutMs: 200 } })
  const waiting = [thrown(client.api.get('/')), thrown(client.api.get('/'))]
  for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ sent: 'no' })
  expect(server.totalConnections).toBe(1)
  const later = text(client.api.get('/', { timeout: { queueMs: 5_000 } }))
  await until(() => sessions.length > 0)
  for (const session of sessions) if (!session.destroyed) session.settings({ maxConcurrentStreams: 10 })
  expect(await later).toBe('ok')
  expect(server.totalConnections).toBe(1)
})

test('GOAWAY with an error fails what was accepted, and sends the others again', async () => {
  let first = true
  const seen: string[] = []
  await using server = await tidy(
    http2Server((request, response) => {
      seen.push(request.url)
      if (!first || request.url === '/warm') response.end(request.url)
      else if (request.url === '/last') {
        first = false
        // Stream 3 was accepted, this one and later ones were not.
        sessionOf(request)?.goaway(2, 3)
      }
    }),
  )
  await using client = clientFor(server)
  await text(client.api.get('/warm'))
  const accepted = thrown(client.api.request('POST', '/accepted', { body: 'x' }))
  await until(() => seen.includes('/accepted'))
  expect(await text(client.api.request('POST', '/last', { body: 'x' }))).toBe('/last')
  expect(await accepted).toMatchObject({ code: 'socket', sent: 'maybe' })
  expect(seen.filter((url) => url === '/accepted')).toHaveLength(1)
})

test('fields that repeat arrive as they were sent', async () => {
  await using server = await tidy(
    http2Server((_request, response) => {
      response.setHeader('x-two', ['a, b', 'c'])
      response.setHeader('set-cookie', ['k=1', 'l=2'])
      response.end()
    }),
  )
  await using client = clientFor(server)
  const response = await client.api.get('/')
  await text(response)
  expect(response.headers.getAll('x-two')).toEqual(['a, b', 'c'])
  expect(response.headers.getAll('set-cookie')).toEqual(['k=1', 'l=2'])
  expect([...response.headers].some(([name]) => name.startsWith(':'))).toBe(false)
})
