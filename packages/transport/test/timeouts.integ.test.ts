import { streamBody, type TimeoutError } from '@halyard/core'
import { eachProtocol, fakeClock, httpServer, rawServer, type ServerRequest } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

/** Milliseconds that `work` took, and what it threw. */
async function timed(work: () => Promise<unknown>): Promise<{ readonly error: TimeoutError; readonly tookMs: number }> {
  const before = performance.now()
  const error = (await thrown(work)) as TimeoutError
  return { error, tookMs: performance.now() - before }
}

/** Measured on the machine's clock: no earlier than asked, and close to it. The upper bound leaves room for busy machines. */
function expectAbout(tookMs: number, askedMs: number): void {
  expect(tookMs).toBeGreaterThanOrEqual(askedMs - 2)
  expect(tookMs).toBeLessThan(askedMs + 250)
}

describe('by the machine’s clock', () => {
  test('connect: a name that is never resolved', async () => {
    const lookup = (): void => {}
    await using client = clientFor(
      { origin: 'http://nowhere.test', ca: undefined },
      { lookup, timeout: { connectMs: 200 } },
    )
    const { error, tookMs } = await timed(() => client.api.get('/'))
    expect(error).toMatchObject({ code: 'timeout', phase: 'connect', limitMs: 200, sent: 'no' })
    expect(error.message).toContain('name resolution')
    expectAbout(tookMs, 200)
  })

  test('headers', async () => {
    await using server = await tidy(httpServer(() => {}))
    await using client = clientFor(server, { timeout: { headersMs: 150 } })
    const { error, tookMs } = await timed(() => client.api.get('/'))
    expect(error).toMatchObject({ code: 'timeout', phase: 'headers', limitMs: 150, sent: 'maybe' })
    expectAbout(tookMs, 150)
  })

  test('idle: a body that stops; a byte now and then starts it anew', async () => {
    const before = performance.now()
    let lastAt = before
    await using server = await tidy(
      rawServer(async (connection) => {
        await connection.receiveRequest()
        await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
        await connection.sendSlowly('12345', { everyMs: 100 })
        lastAt = performance.now()
        await connection.stall()
      }),
    )
    await using client = clientFor(server, { timeout: { idleMs: 250 } })
    const { error } = await timed(() => text(client.api.get('/')))
    expect(error).toMatchObject({ code: 'timeout', phase: 'idle', limitMs: 250, sent: 'yes', receivedBytes: 5 })
    expect(error.message).toContain('5 of 100 bytes')
    expectAbout(performance.now() - lastAt, 250)
    expect(performance.now() - before).toBeGreaterThan(600)
  })
})

describe('connect', () => {
  test('a server that never shakes hands', async () => {
    const clock = fakeClock()
    await using server = await tidy(rawServer((connection) => connection.stall()))
    await using client = clientFor(
      { origin: server.origin.replace('http:', 'https:'), ca: undefined },
      { timeout: { connectMs: 5_000 } },
      clock,
    )
    const failed = thrown(client.api.get('/'))
    await until(() => server.received.some((bytes) => bytes.length > 0), 'the client hello')
    await clock.advance(4_999)
    expect(client.stats().connections).toBe(1)
    await clock.advance(1)
    const error = await failed
    expect(error).toMatchObject({ code: 'timeout', phase: 'connect', limitMs: 5_000, sent: 'no' })
    expect(error.message).toContain('the TLS handshake')
    await until(() => client.stats().connections === 0)
  })

  test('false is no limit', async () => {
    const clock = fakeClock()
    const lookup = (): void => {}
    await using client = clientFor(
      { origin: 'http://x.test', ca: undefined },
      { lookup, timeout: { connectMs: false } },
      clock,
    )
    const failed = thrown(client.api.get('/', { timeout: { queueMs: false } }))
    await clock.advance(1_000_000)
    expect(client.stats().queued).toBe(1)
    await client.destroy()
    expect(await failed).toMatchObject({ code: 'aborted' })
  })

  test('many that wait for one connection all hear of it, each by its own name', async () => {
    const clock = fakeClock()
    const lookup = (): void => {}
    await using client = clientFor(
      { origin: 'http://x.test', ca: undefined },
      { lookup, timeout: { connectMs: 100 } },
      clock,
    )
    const failed = Promise.all(['/a', '/b', '/c'].map((path) => thrown(client.api.get(path))))
    await clock.advance(100)
    const errors = await failed
    expect(errors.map((error) => (error as TimeoutError).target)).toEqual(
      ['/a', '/b', '/c'].map((path) => `GET http://x.test${path}`),
    )
    expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
  })
})

describe.each(eachProtocol)('over $name', ({ start }) => {
  test('headers', async () => {
    const clock = fakeClock()
    await using server = await tidy(start(() => {}))
    await using client = clientFor(server, { timeout: { headersMs: 1_000 } }, clock)
    const failed = thrown(client.api.get('/'))
    await until(() => server.requests === 1)
    await clock.advance(999)
    expect(client.stats().active).toBe(1)
    await clock.advance(1)
    const error = await failed
    expect(error).toMatchObject({ code: 'timeout', phase: 'headers', limitMs: 1_000, sent: 'maybe' })
    expect(error.message).toBe(`GET ${server.origin}/: no response headers within 1000 ms`)
  })

  test('a call’s own limit replaces the client’s', async () => {
    const clock = fakeClock()
    await using server = await tidy(start(() => {}))
    await using client = clientFor(server, { timeout: { headersMs: 1_000 } }, clock)
    const failed = thrown(client.api.get('/', { timeout: { headersMs: 50 } }))
    await until(() => server.requests === 1)
    await clock.advance(50)
    expect(await failed).toMatchObject({ phase: 'headers', limitMs: 50 })
  })

  test('idle: a body that stops', async () => {
    const clock = fakeClock()
    await using server = await tidy(start((_request, response) => void response.write('0123456')))
    await using client = clientFor(server, { timeout: { idleMs: 1_000 } }, clock)
    const response = await client.api.get('/')
    const failed = thrown(text(response))
    await clock.advance(500)
    await until(() => client.stats().active === 1)
    await clock.advance(1_000)
    const error = await failed
    expect(error).toMatchObject({ code: 'timeout', phase: 'idle', sent: 'yes', receivedBytes: 7 })
    expect(error.message).toContain('nothing moved within 1000 ms; the response headers and 7 bytes of the body')
  })

  test('a byte now and then starts idle anew', async () => {
    const clock = fakeClock()
    let more: (() => void) | undefined
    await using server = await tidy(
      start((_request, response) => {
        response.write('0')
        more = () => response.write('1')
      }),
    )
    await using client = clientFor(server, { timeout: { idleMs: 1_000 } }, clock)
    const response = await client.api.get('/')
    const iterator = response.body.stream()[Symbol.asyncIterator]()
    await iterator.next()
    for (let step = 0; step < 10; step += 1) {
      await clock.advance(900)
      more?.()
      expect((await iterator.next()).done).toBe(false)
    }
    const failed = thrown(iterator.next())
    await clock.advance(1_000)
    expect(await failed).toMatchObject({ phase: 'idle', receivedBytes: 11 })
  })

  test('a reader that pauses does not trip idle', async () => {
    const clock = fakeClock()
    const size = 3_000_000
    await using server = await tidy(start((_request, response) => void response.end(Buffer.alloc(size, 'x'))))
    await using client = clientFor(server, { timeout: { idleMs: 1_000 } }, clock)
    const response = await client.api.get('/')
    let got = 0
    let pauses = 0
    for await (const chunk of response.body.stream()) {
      got += chunk.byteLength
      // Once what is unread has filled up, which takes some turns.
      if (pauses < 3) {
        pauses += 1
        for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
        await clock.advance(60_000)
      }
    }
    expect(got).toBe(size)
  })

  test('a reader that comes late does not trip idle', async () => {
    const clock = fakeClock()
    await using server = await tidy(start((_request, response) => void response.end(Buffer.alloc(1_000_000, 'x'))))
    await using client = clientFor(server, { timeout: { idleMs: 1_000 } }, clock)
    const response = await client.api.get('/')
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
    await clock.advance(60_000)
    expect((await response.body.bytes()).byteLength).toBe(1_000_000)
  })

  test('idle: an upload that the server does not read', async () => {
    const clock = fakeClock()
    let unread: ServerRequest | undefined
    await using server = await tidy(
      start((request) => {
        request.on('error', () => {})
        unread = request.pause()
      }),
    )
    await using client = clientFor(server, { timeout: { idleMs: 1_000 } }, clock)
    let returned = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(65_536)
          await Promise.resolve()
        }
      } finally {
        returned = true
      }
    }
    const failed = thrown(client.api.request('POST', '/', { body: streamBody(source()) }))
    await until(() => server.requests === 1)
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
    await clock.advance(1_000)
    expect(await failed).toMatchObject({ code: 'timeout', phase: 'idle', sent: 'maybe' })
    await until(() => returned, 'the source to be stopped')
    // Else Node's server does not notice that the client is gone.
    unread?.resume()
  })

  test('a call after one that timed out is whole', async () => {
    const clock = fakeClock()
    await using server = await tidy(
      start((request, response) => {
        if (request.url === '/answer') response.end('ok')
      }),
    )
    await using client = clientFor(server, { timeout: { headersMs: 100 } }, clock)
    for (let call = 0; call < 3; call += 1) {
      const failed = thrown(client.api.get('/silence'))
      await until(() => server.requests === 2 * call + 1)
      await clock.advance(100)
      expect(await failed).toMatchObject({ phase: 'headers' })
      expect(await text(client.api.get('/answer'))).toBe('ok')
    }
  })

  test('no timer is left when all is done', async () => {
    const clock = fakeClock()
    await using server = await tidy(start((_request, response) => void response.end('ok')))
    await using client = clientFor(server, {}, clock)
    await Promise.all(Array.from({ length: 10 }, () => text(client.api.get('/'))))
    await client.api.close()
    expect(clock.pending).toBe(0)
  })
})

test('a slow drip of headers is ended by headersMs', async () => {
  const clock = fakeClock()
  let feed: ((bytes: string) => Promise<void>) | undefined
  await using server = await tidy(
    rawServer(async (connection) => {
      await connection.receiveRequest()
      feed = (bytes) => connection.send(bytes)
      await connection.stall()
    }),
  )
  await using client = clientFor(server, { timeout: { headersMs: 1_000 } }, clock)
  const failed = thrown(client.api.get('/'))
  await until(() => feed !== undefined)
  for (const byte of 'HTTP/1.1 2') {
    await feed?.(byte)
    await clock.advance(100)
  }
  expect(await failed).toMatchObject({ code: 'timeout', phase: 'headers' })
})
