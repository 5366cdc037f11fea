import { isHttpError } from '@halyard/core'
import { eachProtocol, http2Server, httpServer, rawServer, type ServerResponse } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import type { TransportLimits } from '../src/index.ts'
import { clientFor, readers, streamed, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

/** Answers every request with these bytes. */
const sending = (bytes: string) =>
  tidy(
    rawServer(async (connection) => {
      for (;;) {
        await connection.receiveRequest()
        await connection.send(bytes)
      }
    }),
  )

describe('statusLineBytes', () => {
  const line = (length: number): string => `${'HTTP/1.1 200 '.padEnd(length - 1, 'x')}\r\ncontent-length: 2\r\n\r\nok`

  test.each([16, 100, 4_096])('a line of exactly %d bytes is accepted, one more is not', async (limit) => {
    const limits: TransportLimits = { statusLineBytes: limit }
    await using exact = await sending(line(limit))
    await using client = clientFor(exact, { limits })
    expect(await text(client.api.get('/'))).toBe('ok')
    await using longer = await sending(line(limit + 1))
    await using refusing = clientFor(longer, { limits })
    const error = await thrown(refusing.api.get('/'))
    expect(isHttpError(error, 'too-large')).toBe(true)
    expect(error.message).toContain(`limits.statusLineBytes (${limit})`)
  })

  test.each([1, 7, 99])('in pieces of %d bytes the same', async (chunkBytes) => {
    for (const [length, fine] of [
      [100, true],
      [101, false],
    ] as const) {
      await using server = await tidy(
        rawServer(async (connection) => {
          await connection.receiveRequest()
          await connection.sendSlowly(line(length), { chunkBytes })
        }),
      )
      await using client = clientFor(server, { limits: { statusLineBytes: 100 } })
      const outcome = await text(client.api.get('/')).catch((error: unknown) => isHttpError(error, 'too-large'))
      expect(outcome).toBe(fine ? 'ok' : true)
    }
  })
})

describe('headerBytes', () => {
  test.each([
    ['one field', (bytes: number) => `x: ${'y'.repeat(bytes)}\r\n`],
    ['many fields', (bytes: number) => 'x: yyyyyyyyyyyyyyyyy\r\n'.repeat(bytes / 20)],
  ])('over h1, %s: well below is accepted, above is not', async (_what, fields) => {
    const limits = { headerBytes: 8_000 }
    await using small = await sending(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${fields(7_000)}\r\nok`)
    await using client = clientFor(small, { limits })
    expect(await text(client.api.get('/'))).toBe('ok')
    await using large = await sending(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${fields(9_000)}\r\nok`)
    await using refusing = clientFor(large, { limits })
    const error = await thrown(refusing.api.get('/'))
    expect(isHttpError(error, 'too-large')).toBe(true)
    expect(error.message).toContain('limits.headerBytes')
  })

  test('300 KB are accepted where they are allowed', async () => {
    await using server = await sending(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx: ${'y'.repeat(300_000)}\r\n\r\nok`)
    await using client = clientFor(server, { limits: { headerBytes: 400_000 } })
    const response = await client.api.get('/')
    expect(response.headers.get('x')).toHaveLength(300_000)
    expect(await text(response)).toBe('ok')
  })

  test('over h2, to the byte, and the connection survives', async () => {
    let extra = 0
    await using server = await tidy(
      http2Server((_request, response) => {
        response.setHeader('x-fill', 'y'.repeat(extra))
        response.end('ok')
      }),
    )
    await using client = clientFor(server, { limits: { headerBytes: 2_000 } })
    const first = await client.api.get('/')
    await text(first)
    let used = 0
    for (const [name, value] of first.headers) used += name.length + value.length
    extra = 2_000 - used
    expect(await text(client.api.get('/'))).toBe('ok')
    extra += 1
    const error = await thrown(client.api.get('/'))
    expect(isHttpError(error, 'too-large')).toBe(true)
    extra = 0
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(server.totalConnections).toBe(1)
  })
})

describe('trailers', () => {
  test('as many bytes as headers are accepted', async () => {
    await using server = await sending(
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-a: 1\r\nx-b: ${'y'.repeat(3_000)}\r\n\r\n`,
    )
    await using client = clientFor(server, { limits: { headerBytes: 4_000 } })
    const response = await client.api.get('/')
    expect(await text(response)).toBe('ok')
    const trailers = await response.trailers()
    expect(trailers.get('X-A')).toBe('1')
    expect(trailers.get('x-b')).toHaveLength(3_000)
  })

  test.each(readers)('more are an error: $how', async ({ read }) => {
    await using server = await sending(
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${'x-a: 0123456789\r\n'.repeat(1_000)}\r\n`,
    )
    await using client = clientFor(server, { limits: { headerBytes: 4_000 } })
    expect(isHttpError(await thrown(read(client.api.get('/'))), 'too-large')).toBe(true)
  })

  test('trailers without end are cut off', async () => {
    await using server = await tidy(
      rawServer(async (connection) => {
        await connection.receiveRequest()
        await connection.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n')
        while (!connection.socket.destroyed) await connection.send('x-a: 0123456789\r\n'.repeat(1_000)).catch(() => {})
      }),
    )
    await using client = clientFor(server)
    expect(isHttpError(await thrown(text(client.api.get('/'))))).toBe(true)
    await until(() => server.connections === 0)
  })

  test('no trailers are an empty list', async () => {
    await using server = await tidy(httpServer((_request, response) => void response.end('ok')))
    await using client = clientFor(server)
    const response = await client.api.get('/')
    await response.body.bytes()
    expect([...(await response.trailers())]).toEqual([])
  })
})

describe.each(eachProtocol)('bodyBytes over $name', ({ start }) => {
  const endless = (response: ServerResponse): void => {
    let over = false
    const more = (): void => {
      // A turn each: a server of Node 22 that floods hears of nothing else.
      if (!over && response.write(Buffer.alloc(5_000))) setImmediate(more)
    }
    response.on('drain', more)
    response.on('error', () => {})
    response.on('close', () => {
      over = true
    })
    more()
  }

  test.each([
    ['by its length', true],
    ['as it comes', false],
  ])('exactly the limit is accepted, one more is not, %s', async (_how, sized) => {
    let size = 0
    await using server = await tidy(
      start((_request, response) => {
        response.on('error', () => {})
        if (sized) response.setHeader('content-length', size)
        else response.write('')
        response.end(Buffer.alloc(size, 'x'))
      }),
    )
    await using client = clientFor(server, { limits: { bodyBytes: 100_000 } })
    size = 100_000
    expect((await (await client.api.get('/')).body.bytes()).byteLength).toBe(100_000)
    size = 100_001
    const error = await thrown(text(client.api.get('/')))
    expect(isHttpError(error, 'too-large')).toBe(true)
    expect(error.message).toContain('limits.bodyBytes is 100000')
    // A body that was told of is not waited for; streams have no limit.
    expect(await streamed(client.api.get('/'))).toHaveLength(100_001)
  })

  test('a body without end is cut off', async () => {
    await using server = await tidy(start((_request, response) => endless(response)))
    await using client = clientFor(server, { limits: { bodyBytes: 100_000 } })
    const error = await thrown(text(client.api.get('/')))
    expect(isHttpError(error, 'too-large')).toBe(true)
    expect((error as { receivedBytes?: number }).receivedBytes).toBeLessThan(1_000_000)
  })

  test('a small body that came before it was asked for', async () => {
    await using server = await tidy(start((_request, response) => void response.end('12345')))
    await using client = clientFor(server, { limits: { bodyBytes: 4 } })
    const response = await client.api.get('/')
    await new Promise<void>((resolve) => response.body.onSettled(() => resolve()))
    expect(response.body.takeBuffered?.()).toBeUndefined()
    expect(isHttpError(await thrown(response.body.bytes()), 'too-large')).toBe(true)
  })

  test('a call’s own limit replaces the client’s, and 0 allows empty bodies only', async () => {
    await using server = await tidy(start((request, response) => void response.end(request.url.slice(1))))
    await using client = clientFor(server, { limits: { bodyBytes: 4 } })
    expect(await text(client.api.get('/12345', { limits: { bodyBytes: 5 } }))).toBe('12345')
    expect(isHttpError(await thrown(text(client.api.get('/1', { limits: { bodyBytes: 0 } }))), 'too-large')).toBe(true)
    expect(await text(client.api.get('/', { limits: { bodyBytes: 0 } }))).toBe('')
  })
})

test('a length beyond the limit is refused before the body comes', async () => {
  await using server = await sending('HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n')
  await using client = clientFor(server)
  const error = await thrown(text(client.api.get('/')))
  expect(isHttpError(error, 'too-large')).toBe(true)
  expect(error.message).toContain('5000000000')
})
