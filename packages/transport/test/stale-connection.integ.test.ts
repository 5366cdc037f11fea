import { factoryBody, isHttpError, streamBody, type TransportError } from '@halyard/core'
import { rawServer, rawTlsServer, reply, type RawConnection } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const calls = 1_000
type End = 'end' | 'reset'

/** Each connection answers its first request, and closes as soon as it has. Counts what it saw. */
async function dying(how: End, start: typeof rawServer = rawServer) {
  const seen = new Map<string, number>()
  const note = (target: string): void => void seen.set(target, (seen.get(target) ?? 0) + 1)
  const server = await tidy(
    start(async (connection) => {
      note((await connection.receiveRequest()).target)
      await connection.send(reply({ body: 'ok' }))
      // What may have come in between was received, too.
      void connection.receiveRequest().then(
        ({ target }) => note(target),
        () => {},
      )
      await connection[how]()
    }),
  )
  return { server, seen }
}

describe.each<{ readonly name: string; readonly how: End }>([
  { name: 'FIN', how: 'end' },
  { name: 'RST', how: 'reset' },
])('a server that closes after each answer by $name', ({ how }) => {
  test(`${calls} POSTs: none is sent twice, and those that fail may have been processed`, async () => {
    const { server, seen } = await dying(how)
    await using open = server
    await using client = clientFor(open)
    let failed = 0
    for (let id = 0; id < calls; id += 1) {
      try {
        expect(await text(client.api.request('POST', `/${id}`, { body: 'x' }))).toBe('ok')
      } catch (error) {
        failed += 1
        expect(isHttpError(error, 'socket')).toBe(true)
        // Where the answer itself was cut by RST it had begun.
        expect(['maybe', 'yes']).toContain((error as TransportError).sent)
        if (how === 'end') expect(error).toMatchObject({ sent: 'maybe', reusedConnection: true })
      }
    }
    expect(Math.max(...seen.values())).toBe(1)
    expect(failed).toBeLessThan(calls)
  })

  test(`${calls} GETs: every one is answered`, async () => {
    const { server } = await dying(how)
    await using open = server
    await using client = clientFor(open)
    let cut = 0
    for (let id = 0; id < calls; id += 1) {
      try {
        expect(await text(client.api.get(`/${id}`))).toBe('ok')
      } catch (error) {
        // RST may overtake the answer, whose head had then come: no replay, and no value.
        expect(how).toBe('reset')
        expect(error).toMatchObject({ code: 'socket' })
        cut += 1
      }
    }
    if (how === 'end') expect(cut).toBe(0)
  })

  test('many at once', async () => {
    const { server, seen } = await dying(how)
    await using open = server
    await using client = clientFor(open, { pool: { maxConnections: 8 } })
    await Promise.all(
      Array.from({ length: 300 }, (_, id) =>
        text(client.api.request('POST', `/${id}`, { body: 'x' })).catch((error: unknown) => {
          expect(isHttpError(error, 'socket')).toBe(true)
        }),
      ),
    )
    expect(Math.max(...seen.values())).toBe(1)
    expect(open.maxConnections).toBeLessThanOrEqual(8)
  })
})

/** Answers the first request of the first connection; there kills the second at once, unread or read; then behaves. */
const killing = (kill: (connection: RawConnection) => Promise<void>, start: typeof rawServer = rawServer) =>
  tidy(
    start(async (connection) => {
      for (let served = 0; ; served += 1) {
        const { target, body } = await connection.receiveRequest()
        if (connection.index === 0 && served === 1) {
          await kill(connection)
          return
        }
        await connection.send(reply({ body: target + Buffer.from(body).toString() }))
      }
    }),
  )

describe.each([
  { how: 'clear text', start: rawServer },
  { how: 'TLS', start: rawTlsServer },
])('a reused connection that dies under a request, over $how', ({ start }) => {
  const kills: readonly (readonly [string, (connection: RawConnection) => Promise<void>])[] = [
    ['FIN', (connection) => connection.end()],
    ['RST', (connection) => connection.reset()],
  ]
  describe.each(kills)('by %s', (_how, kill) => {
    test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY'])(
      '%s is sent again over a new one',
      async (method) => {
        await using server = await killing(kill, start)
        await using client = clientFor(server)
        await text(client.api.get('/warm'))
        const body = method === 'PUT' || method === 'QUERY' ? 'bytes' : undefined
        expect(await text(client.api.request(method, '/again', { body }))).toBe(
          method === 'HEAD' ? '' : `/again${body ?? ''}`,
        )
        expect(server.totalConnections).toBe(2)
      },
    )

    test.each(['POST', 'PATCH', 'LOCK'])('%s is not', async (method) => {
      await using server = await killing(kill, start)
      await using client = clientFor(server)
      await text(client.api.get('/warm'))
      const error = await thrown(client.api.request(method, '/again', { body: 'bytes' }))
      expect(error).toMatchObject({ code: 'socket', sent: 'maybe', reusedConnection: true })
      expect(server.requests).toBe(2)
    })

    test('a PUT of a stream that can be made anew is sent again whole', async () => {
      await using server = await killing(kill, start)
      await using client = clientFor(server)
      await text(client.api.get('/warm'))
      let opened = 0
      const body = factoryBody(async function* () {
        opened += 1
        yield Buffer.from('part one, ')
        await Promise.resolve()
        yield Buffer.from('part two')
      })
      expect(await text(client.api.request('PUT', '/again', { body }))).toBe('/againpart one, part two')
      expect(opened).toBe(2)
    })

    test('a PUT of a stream that cannot is never sent twice, nor in part, nor empty', async () => {
      await using server = await killing(kill, start)
      await using client = clientFor(server)
      await text(client.api.get('/warm'))
      async function* source(): AsyncGenerator<Uint8Array> {
        await Promise.resolve()
        yield Buffer.from('once')
      }
      const error = await thrown(client.api.request('PUT', '/again', { body: streamBody(source()) }))
      expect(error).toMatchObject({ code: 'socket', sent: 'maybe' })
      expect(server.requests).toBe(2)
    })
  })

  test('not once a byte of the answer came', async () => {
    await using server = await killing(async (connection) => {
      await connection.send('H')
      await connection.end()
    }, start)
    await using client = clientFor(server)
    await text(client.api.get('/warm'))
    expect(isHttpError(await thrown(client.api.get('/again')), 'socket')).toBe(true)
    expect(server.requests).toBe(2)
  })
})

test('a server that kills every reused connection is asked twice a call at most', async () => {
  await using server = await tidy(
    rawServer(async (connection) => {
      await connection.receiveRequest()
      await connection.send(reply())
      await connection.receiveRequest()
      await connection.reset()
    }),
  )
  await using client = clientFor(server)
  for (let call = 0; call < 50; call += 1) expect((await client.api.get('/')).status).toBe(200)
  expect(server.requests).toBeLessThanOrEqual(100)
})

test('a server that kills every request is asked once, or twice over a reused connection', async () => {
  let answering = true
  await using server = await tidy(
    rawServer(async (connection) => {
      for (;;) {
        await connection.receiveRequest()
        if (!answering) {
          await connection.end()
          return
        }
        await connection.send(reply())
      }
    }),
  )
  await using client = clientFor(server)
  await text(client.api.get('/'))
  answering = false
  expect(isHttpError(await thrown(client.api.get('/')), 'socket')).toBe(true)
  expect(server.requests).toBe(3)
  expect(isHttpError(await thrown(client.api.get('/')), 'socket')).toBe(true)
  expect(server.requests).toBe(4)
})

test.each<[End, string]>([
  ['end', 'GET'],
  ['reset', 'GET'],
  ['end', 'POST'],
  ['reset', 'POST'],
])('a server that closes each connection at once (%s): %s ends in an error', async (how, method) => {
  await using server = await tidy(rawServer((connection) => connection[how]()))
  await using client = clientFor(server)
  for (let call = 0; call < 20; call += 1) expect(isHttpError(await thrown(client.api.request(method, '/')))).toBe(true)
  expect(server.totalConnections).toBeLessThanOrEqual(60)
})

test('among 200 idle connections that have all died a call finds its way', async () => {
  const connections: RawConnection[] = []
  await using server = await tidy(
    rawServer(async (connection) => {
      connections.push(connection)
      for (;;) {
        await connection.receiveRequest()
        // Holds all back until all are there.
        if (connections.length <= 50) await until(() => connections.length >= 50)
        await connection.send(reply({ body: 'ok' }))
      }
    }),
  )
  await using client = clientFor(server)
  await Promise.all(Array.from({ length: 50 }, () => text(client.api.get('/'))))
  expect(client.stats().idle).toBe(50)
  for (const connection of connections) void connection.end()
  const results = await Promise.all(Array.from({ length: 50 }, () => text(client.api.get('/'))))
  expect(new Set(results)).toEqual(new Set(['ok']))
})
