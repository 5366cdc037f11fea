import {
  bytesBody,
  CallContext,
  factoryBody,
  httpRequest,
  noHeaders,
  streamBody,
  systemClock,
  type HttpResponse,
  type RequestBody,
} from '@halyard/core'
import { fakeRuntime, rawServer, reply, type RawConnection, type RawServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { constant, retry, type RetryInit } from '../../src/retry/index.ts'
import { overSockets } from './kit/socket-transport.ts'

const payload = new Uint8Array(3000).fill(97)
// As a multipart message is sent: of no known length, in parts, made anew each time.
const boundary = 'sep'
const multipart = `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n${'m'.repeat(2000)}\r\n--${boundary}--\r\n`

async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve()
  for (let at = 0; at < 3; at += 1) yield payload.subarray(at * 1000, (at + 1) * 1000)
}

async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve()
  yield new TextEncoder().encode(multipart.slice(0, 100))
  yield new TextEncoder().encode(multipart.slice(100))
}

interface Kind {
  readonly kind: string
  readonly make: () => RequestBody
  readonly replayable: boolean
  readonly bytes: number
}

const kinds: readonly Kind[] = [
  { kind: 'byte', make: () => bytesBody(payload), replayable: true, bytes: 3000 },
  { kind: 'factory', make: () => factoryBody(chunks), replayable: true, bytes: 3000 },
  { kind: 'one-shot', make: () => streamBody(chunks()), replayable: false, bytes: 3000 },
  {
    kind: 'multipart',
    make: () => factoryBody(parts, { contentType: `multipart/form-data; boundary=${boundary}` }),
    replayable: true,
    bytes: multipart.length,
  },
]

const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH'] as const
const isIdempotent = (method: string): boolean => method !== 'POST' && method !== 'PATCH'

/** Where the first connection breaks, by RST. */
const stages: readonly {
  readonly stage: string
  readonly play: (connection: RawConnection) => Promise<void>
  /** Whether the server has read the request by then. */
  readonly read: boolean
  /** What the attempt comes to: an answer stands, unless its status says that it should be tried again. */
  readonly end: 'error' | 'answer' | 'busy'
}[] = [
  { stage: 'after accept', play: (connection) => connection.reset(), read: false, end: 'error' },
  { stage: 'after the request', play: (connection) => cut(connection, ''), read: true, end: 'error' },
  {
    stage: 'in the head',
    play: (connection) => cut(connection, 'HTTP/1.1 200 OK\r\ncontent-le'),
    read: true,
    end: 'error',
  },
  {
    stage: 'after the head',
    play: (connection) => cut(connection, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'),
    read: true,
    end: 'answer',
  },
  {
    stage: 'in the body',
    play: (connection) => cut(connection, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    read: true,
    end: 'answer',
  },
  {
    stage: 'after the head of a 503',
    play: (connection) => cut(connection, 'HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\n'),
    read: true,
    end: 'busy',
  },
  {
    stage: 'in the body of a 503',
    play: (connection) => cut(connection, 'HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\nabc'),
    read: true,
    end: 'busy',
  },
]

async function cut(connection: RawConnection, sent: string): Promise<void> {
  await connection.receiveRequest()
  if (sent !== '') await connection.send(sent)
  // The client reads what came before the RST.
  for (let turns = 0; turns < 5; turns += 1) await new Promise<void>((resolve) => void setImmediate(resolve))
  await connection.reset()
}

async function answerAll(connection: RawConnection, init: Parameters<typeof reply>[0] = {}): Promise<void> {
  const { method } = await connection.receiveRequest()
  await connection.send(method === 'HEAD' ? reply({ ...init, body: '' }) : reply({ body: 'done', ...init }))
  await connection.end()
}

/** Time as it is, without a wait before a repetition. */
function call(
  origin: string,
  method: string,
  body: RequestBody,
  options: Record<string, unknown> = {},
  init: RetryInit = {},
): Promise<HttpResponse> {
  const runtime = { ...fakeRuntime(), ...systemClock }
  const handler = retry({ backoff: constant({ ms: 0 }), ...init }).wrap(overSockets, runtime)
  return handler(httpRequest({ method, origin, path: '/', headers: noHeaders, body }), new CallContext(options))
}

/** How many bytes of bodies the server got on each connection. */
function bodyBytes(server: RawServer): number[] {
  return server.received.map((text) => {
    const at = text.indexOf('\r\n\r\n')
    if (at === -1) return 0
    const [head, body] = [text.slice(0, at).toLowerCase(), text.slice(at + 4)]
    if (!head.includes('transfer-encoding: chunked')) return body.length
    return Array.from(body.matchAll(/([0-9a-f]+)\r\n/g), ([, size = '0']) => Number.parseInt(size, 16))
      .filter((size) => size > 3)
      .reduce((sum, size) => sum + size, 0)
  })
}

describe.each(stages)('RST $stage', ({ play, read, end }) => {
  for (const method of methods) {
    test.each(kinds)(`${method}, $kind body`, async ({ make, replayable, bytes }) => {
      for (const keyed of [false, true]) {
        await using server = await rawServer((connection) =>
          connection.index === 0 ? play(connection) : answerAll(connection),
        )
        const again = end !== 'answer' && replayable && (isIdempotent(method) || keyed)
        const outcome = await call(server.url.origin, method, make(), keyed ? { idempotencyKey: true } : {}).catch(
          (error: unknown) => error,
        )
        const expected = again ? 2 : 1
        if (end === 'error' && !again) expect(outcome).toMatchObject({ code: 'socket', sent: 'maybe' })
        else expect(outcome).toMatchObject({ status: again ? 200 : end === 'busy' ? 503 : 200 })
        if (typeof outcome === 'object' && outcome !== null && 'body' in outcome) {
          const answer = outcome as HttpResponse
          const whole = again || method === 'HEAD'
          await (whole ? answer.body.bytes() : expect(answer.body.bytes()).rejects.toMatchObject({ code: 'socket' }))
        }
        expect(server.received).toHaveLength(expected)
        expect(server.requests).toBe(read ? expected : expected - 1)
        // The second attempt sends all of the body, never an empty one.
        if (read) expect(bodyBytes(server)).toEqual(Array.from({ length: expected }, () => bytes))
        else if (again) expect(bodyBytes(server).at(-1)).toBe(bytes)
      }
    })
  }
})

describe('before accept', () => {
  test.each(methods)('%s: nothing was sent, so every body may go again', async (method) => {
    for (const { make, bytes } of kinds) {
      let server: RawServer | undefined
      const gone = await rawServer(() => undefined)
      const { origin } = gone.url
      await gone.close()
      const body = make()
      let attempts = 0
      const runtime = { ...fakeRuntime(), ...systemClock }
      const handler = retry({ backoff: constant({ ms: 0 }) }).wrap(async (sent, attempt) => {
        attempts += 1
        if (attempts === 1) return await overSockets(sent, attempt)
        // It listens now.
        server = await rawServer((connection) => answerAll(connection))
        return await overSockets(sent.with({ url: server.url }), attempt)
      }, runtime)
      const response = await handler(
        httpRequest({ method, origin, path: '/', headers: noHeaders, body }),
        new CallContext(),
      )
      expect(response.status).toBe(200)
      await response.body.bytes()
      expect(server?.requests).toBe(1)
      expect(server === undefined ? [] : bodyBytes(server)).toEqual([bytes])
      await server?.close()
    }
  })
})

describe('a busy server', () => {
  test.each(methods)('503, then 503, then 200 to %s', async (method) => {
    for (const headers of [{}, { 'retry-after': '0' }]) {
      for (const { make, replayable, bytes } of kinds) {
        await using server = await rawServer((connection) =>
          answerAll(connection, connection.index < 2 ? { status: 503, reason: 'Busy', headers, body: 'busy' } : {}),
        )
        const again = replayable && isIdempotent(method)
        const response = await call(server.url.origin, method, make())
        expect(response.status).toBe(again ? 200 : 503)
        await response.body.bytes()
        expect(server.requests).toBe(again ? 3 : 1)
        expect(bodyBytes(server)).toEqual(Array.from({ length: again ? 3 : 1 }, () => bytes))
      }
    }
  })

  test('that stalls in the body of its 503 holds up nobody', async () => {
    await using server = await rawServer(async (connection) => {
      if (connection.index > 0) return await answerAll(connection)
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\nabc')
      return await connection.stall()
    })
    const response = await call(server.url.origin, 'GET', bytesBody(payload))
    expect(response.status).toBe(200)
    await response.body.bytes()
    expect(server.requests).toBe(2)
  })
})
