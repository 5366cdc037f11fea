import { isHttpError, type HeaderList } from '@halyard/core'
import { rawServer, reply, type RawConnection } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { garbage } from './kit/garbage.ts'
import { clientFor, readers, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const ok = 'HTTP/1.1 200 OK\r\n'

/** Answers the first request with `bytes` and ends; each further connection with a good answer. */
const once = (bytes: string, after: 'end' | 'stall' = 'end') =>
  tidy(
    rawServer(async (connection) => {
      await connection.receiveRequest()
      if (connection.index > 0) {
        await connection.send(reply({ body: 'good' }))
        return
      }
      await connection.send(bytes)
      await connection[after]()
    }),
  )

describe.each(readers)('never taken for an answer by $how', ({ read }) => {
  test.each(garbage)('%s', async (_name, bytes) => {
    await using server = await once(bytes)
    await using client = clientFor(server)
    const error = await thrown(read(client.api.get('/')))
    expect(isHttpError(error)).toBe(true)
    expect(['protocol', 'socket', 'too-large']).toContain((error as { code?: string }).code)
    expect(await read(client.api.get('/'))).toBe('good')
    expect(server.totalConnections).toBe(2)
  })
})

test.each(garbage)('%s, byte by byte, and then silence', async (_name, bytes) => {
  await using server = await tidy(
    rawServer(async (connection) => {
      await connection.receiveRequest()
      await connection.sendSlowly(bytes.slice(0, 120))
      await connection.stall()
    }),
  )
  await using client = clientFor(server, { timeout: { headersMs: 400, idleMs: 400 } })
  const error = await thrown(text(client.api.get('/')))
  expect(isHttpError(error)).toBe(true)
})

test.each([
  ['a status line without end', () => `HTTP/1.1 200 ${'x'.repeat(100_000)}`],
  ['bytes without a line', () => 'HTTP/1.1'.padEnd(100_000, ' ')],
  ['fields without end', () => `${ok}${'x-a: 0123456789\r\n'.repeat(10_000)}`],
  ['one field without end', () => `${ok}x: ${'y'.repeat(100_000)}`],
  ['interim fields without end', () => `HTTP/1.1 100 Continue\r\n${'x-a: 0123456789\r\n'.repeat(10_000)}`],
])('%s is cut off', async (_name, bytes) => {
  await using server = await once(bytes(), 'stall')
  await using client = clientFor(server)
  const error = await thrown(text(client.api.get('/')))
  expect(['too-large', 'protocol']).toContain((error as { code?: string }).code)
  expect(await text(client.api.get('/'))).toBe('good')
})

describe('interim answers', () => {
  const script = (interim: string) =>
    tidy(
      rawServer(async (connection) => {
        for (;;) {
          await connection.receiveRequest()
          await connection.send(interim + reply({ body: 'final' }))
        }
      }),
    )

  test('100 that nobody asked for is accepted, again and again on one connection', async () => {
    await using server = await script('HTTP/1.1 100 Continue\r\n\r\n')
    await using client = clientFor(server)
    for (let call = 0; call < 5; call += 1)
      expect(await text(client.api.request('POST', '/', { body: 'x' }))).toBe('final')
    expect(server.totalConnections).toBe(1)
  })

  test('the call’s listener is told of each, with its fields', async () => {
    await using server = await script(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n' +
        'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\nlink: </b.js>\r\n\r\n',
    )
    await using client = clientFor(server)
    const heard: unknown[] = []
    const onInformational = (status: number, headers: unknown): void =>
      void heard.push([status, (headers as HeaderList).getAll('link')])
    expect(await text(client.api.get('/', { onInformational }))).toBe('final')
    expect(heard).toEqual([
      [100, []],
      [102, []],
      [103, ['</a.css>', '</b.js>']],
    ])
  })

  test.each(['100 Continue', '103 Early Hints'])(
    'a listener that throws fails its call, not the process: %s',
    async (line) => {
      await using server = await script(`HTTP/1.1 ${line}\r\n\r\n`)
      await using client = clientFor(server)
      const mine = new Error('mine')
      const error = await thrown(
        client.api.get('/', {
          onInformational: () => {
            throw mine
          },
        }),
      )
      expect(error).toBe(mine)
      expect(await text(client.api.get('/'))).toBe('final')
    },
  )

  describe.each(['100 Continue', '103 Early Hints', '199 Whatever'])('%s', (line) => {
    const interim = `HTTP/1.1 ${line}\r\n\r\n`

    test('as many as limits.interimResponses are accepted', async () => {
      await using server = await script(interim.repeat(20))
      await using client = clientFor(server)
      expect(await text(client.api.get('/'))).toBe('final')
      expect(await text(client.api.get('/'))).toBe('final')
    })

    test('one more is an error', async () => {
      await using server = await script(interim.repeat(21))
      await using client = clientFor(server)
      const error = await thrown(client.api.get('/'))
      expect(error).toMatchObject({ code: 'protocol', reason: 'interim-flood' })
      expect(error.message).toContain('limits.interimResponses')
    })

    test('a flood is cut off long before it ends', async () => {
      await using server = await tidy(
        rawServer(async (connection) => {
          await connection.receiveRequest()
          while (!connection.socket.destroyed) await connection.send(interim.repeat(1_000)).catch(() => {})
        }),
      )
      await using client = clientFor(server)
      expect(await thrown(client.api.get('/'))).toMatchObject({ reason: 'interim-flood' })
      await until(() => server.connections === 0, 'the flood to be cut off')
    })

    test('a call may allow more, or fewer', async () => {
      await using server = await script(interim.repeat(30))
      await using client = clientFor(server)
      expect(await text(client.api.get('/', { limits: { interimResponses: 30 } }))).toBe('final')
      expect(await thrown(client.api.get('/', { limits: { interimResponses: 3 } }))).toMatchObject({
        reason: 'interim-flood',
      })
    })
  })
})

describe('what comes after an answer never reaches the next request', () => {
  const poison = reply({ body: 'poison', headers: { 'x-poison': '1' } })
  /** Good answers with the request's target in them; `extra` after the first of each connection. */
  const poisoned = (extra: (connection: RawConnection) => Promise<void>, glued = '') =>
    tidy(
      rawServer(async (connection) => {
        for (let answered = 0; ; answered += 1) {
          const { target } = await connection.receiveRequest()
          await connection.send(reply({ body: target }) + (answered === 0 ? glued : ''))
          if (answered === 0) await extra(connection)
        }
      }),
    )

  test.each([
    ['another answer', poison],
    ['half of one', poison.slice(0, 20)],
    ['a byte', 'x'],
    ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['100 and an answer', `HTTP/1.1 100 Continue\r\n\r\n${poison}`],
  ])('%s in the same packet', async (_name, extra) => {
    await using server = await poisoned(() => Promise.resolve(), extra)
    await using client = clientFor(server)
    for (let call = 0; call < 6; call += 1) expect(await text(client.api.get(`/${call}`))).toBe(`/${call}`)
  })

  test.each([
    ['another answer', poison],
    ['a byte', 'x'],
    ['408', 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'],
  ])('%s on an idle connection, later', async (_name, extra) => {
    const open = new Set<number>()
    await using server = await poisoned(async (connection) => {
      await new Promise((resolve) => void setImmediate(resolve))
      open.add(connection.index)
      void connection.closed.then(() => open.delete(connection.index))
      await connection.send(extra)
    })
    await using client = clientFor(server)
    for (let call = 0; call < 4; call += 1) {
      expect(await text(client.api.get(`/${call}`))).toBe(`/${call}`)
      // The poisoned connection is dropped without being asked again.
      await until(() => open.size === 0 && client.stats().connections === 0, 'the connection to be dropped')
    }
    expect(server.totalConnections).toBe(4)
  })

  test('several in flight', async () => {
    await using server = await poisoned((connection) => connection.send(poison))
    await using client = clientFor(server, { pool: { maxConnections: 3 } })
    const calls = Array.from({ length: 60 }, async (_, call) => {
      // One that was hit may fail; none may get another's answer.
      const body = await text(client.api.get(`/${call}`)).catch((error: unknown) => {
        expect(isHttpError(error)).toBe(true)
        return `/${call}`
      })
      expect(body).toBe(`/${call}`)
    })
    await Promise.all(calls)
  })

  test('a spare connection whose server speaks first is not used', async () => {
    await using server = await tidy(
      rawServer(async (connection) => {
        if (connection.index === 1) {
          await connection.send(poison)
          return
        }
        for (;;) {
          const { target } = await connection.receiveRequest()
          await connection.send(reply({ body: target }))
        }
      }),
    )
    await using client = clientFor(server, { pool: { maxConnections: 1 } })
    // The first two connect; the second is not needed any more once it is there.
    expect(await text(client.api.get('/first'))).toBe('/first')
    await using burst = clientFor(server)
    const bodies = await Promise.all(
      ['/a', '/b', '/c'].map((path) => text(burst.api.get(path)).catch((error: unknown) => String(error))),
    )
    expect(bodies.filter((body) => body.startsWith('/')).length).toBeGreaterThanOrEqual(2)
    await until(() => burst.stats().active === 0)
    for (let call = 0; call < 5; call += 1) expect(await text(burst.api.get(`/${call}`))).toBe(`/${call}`)
  })
})

describe('answers that have no body by definition', () => {
  test.each([
    ['HEAD', `${ok}content-length: 1000\r\n\r\n`],
    ['HEAD', `${ok}transfer-encoding: chunked\r\n\r\n`],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 1000\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 999999999999\r\n\r\n'],
  ])('%s: %j', async (method, bytes) => {
    await using server = await tidy(
      rawServer(async (connection) => {
        for (;;) {
          await connection.receiveRequest()
          await connection.send(bytes)
        }
      }),
    )
    await using client = clientFor(server)
    for (const { read } of readers) expect(await read(client.api.request(method, '/'))).toBe('')
  })
})
