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
  readonly play: (connection: RawConnection, bodies: number[]) => Promise<void>
  /** Whether the server has read the request by then. */
  readonly read: boolean
  /** What the attempt comes to: an answer stands, unless its status says that it should be tried again. */
  readonly end: 'error' | 'answer' | 'busy'
}[] = [
  { stage: 'after accept', play: firstByte, read: false, end: 'error' },
  { stage: 'after the request', play: (connection, bodies) => cut(connection, bodies, ''), read: true, end: 'error' },
  {
    stage: 'in the head',
    play: (connection, bodies) => cut(connection, bodies, 'HTTP/1.1 200 OK\r\ncontent-le'),
    read: true,
    end: 'error',
  },
  {
    stage: 'after the head',
    play: (connection, bodies) => cut(connection, bodies, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'),
    read: true,
    end: 'answer',
  },
  {
    stage: 'in the body',
    play: (connection, bodies) => cut(connection, bodies, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    read: true,
    end: 'answer',
  },
  {
    stage: 'after the head of a 503',
    play: (connection, bodies) => cut(connection, bodies, 'HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\n'),
    read: true,
    end: 'busy',
  },
  {
    stage: 'in the body of a 503',
    play: (connection, bodies) => cut(connection, bodies, 'HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\nabc'),
    read: true,
    end: 'busy',
  },
]

/** The request has begun to come, and is not read. */
async function firstByte(connection: RawConnection): Promise<void> {
  await connection.receiveBytes(1)
  await connection.reset()
}

/** Takes the request, notes the size of its body, and breaks after what was sent. */
async function cut(connection: RawConnection, bodies: number[], sent: string): Promise<void> {
  bodies.push((await connection.receiveRequest()).body.byteLength)
  if (sent !== '') await connection.send(sent)
  // The client reads what came before the RST.
  for (let turns = 0; turns < 5; turns += 1) await new Promise<void>((resolve) => void setImmediate(resolve))
  await connection.reset()
}

async function answerAll(
  connection: RawConnection,
  bodies: number[],
  init: Parameters<typeof reply>[0] = {},
): Promise<void> {
  const { method, body } = await connection.receiveRequest()
  bodies.push(body.byteLength)
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

describe.each(stages)('RST $stage', ({ play, read, end }) => {
  for (const method of methods) {
    test.each(kinds)(`${method}, $kind body`, async ({ make, replayable, bytes }) => {
      for (const keyed of [false, true]) {
        const bodies: number[] = []
        await using server = await rawServer((connection) =>
          connection.index === 0 ? play(connection, bodies) : answerAll(connection, bodies),
        )
        const again = end !== 'answer' && replayable && (isIdempotent(method) || keyed)
        const calling = call(server.origin, method, make(), keyed ? { idempotencyKey: true } : {})
        const expected = again ? 2 : 1
        if (end === 'error' && !again) await expect(calling).rejects.toMatchObject({ code: 'socket', sent: 'maybe' })
        else {
          const response = await calling
          expect(response.status).toBe(!again && end === 'busy' ? 503 : 200)
          if (again || method === 'HEAD') await response.body.bytes()
          else await expect(response.body.bytes()).rejects.toMatchObject({ code: 'socket' })
        }
        expect(server.received).toHaveLength(expected)
        expect(server.requests).toBe(read ? expected : expected - 1)
        // The second attempt sends all of the body, never an empty one.
        expect(bodies).toEqual(Array.from({ length: read ? expected : expected - 1 }, () => bytes))
      }
    })
  }
})

describe('before accept', () => {
  test.each(methods)('%s: nothing was sent, so every body may go again', async (method) => {
    for (const { make, bytes } of kinds) {
      let server: RawServer | undefined
      const bodies: number[] = []
      const gone = await rawServer(() => undefined)
      const { origin } = gone
      await gone.close()
      const body = make()
      let attempts = 0
      const runtime = { ...fakeRuntime(), ...systemClock }
      const handler = retry({ backoff: constant({ ms: 0 }) }).wrap(async (sent, attempt) => {
        attempts += 1
        if (attempts === 1) return await overSockets(sent, attempt)
        // It listens now.
        server = await rawServer((connection) => answerAll(connection, bodies))
        return await overSockets(sent.with({ url: new URL(server.origin) }), attempt)
      }, runtime)
      const response = await handler(
        httpRequest({ method, origin, path: '/', headers: noHeaders, body }),
        new CallContext(),
      )
      expect(response.status).toBe(200)
      await response.body.bytes()
      expect(server?.requests).toBe(1)
      expect(bodies).toEqual([bytes])
      await server?.close()
    }
  })
})

describe('at accept, before or after a byte came', () => {
  test.each(methods)('%s is read once', async (method) => {
    for (const { make, bytes } of kinds) {
      const bodies: number[] = []
      await using server = await rawServer((connection) =>
        connection.index === 0 ? connection.reset() : answerAll(connection, bodies),
      )
      const outcome: unknown = await call(server.origin, method, make()).catch((error: unknown) => error)
      // Which it is depends on who was faster: nothing had been sent, or something had, and the error says so.
      if (server.requests === 0) expect(outcome).toMatchObject({ code: 'socket', sent: 'maybe' })
      else expect(outcome).toMatchObject({ status: 200 })
      expect(bodies).toEqual(server.requests === 0 ? [] : [bytes])
    }
  })
})

describe('a busy server', () => {
  test.each(methods)('503, then 503, then 200 to %s', async (method) => {
    for (const headers of [{}, { 'retry-after': '0' }]) {
      for (const { make, replayable, bytes } of kinds) {
        const bodies: number[] = []
        await using server = await rawServer((connection) =>
          answerAll(
            connection,
            bodies,
            connection.index < 2 ? { status: 503, reason: 'Busy', headers, body: 'busy' } : {},
          ),
        )
        const again = replayable && isIdempotent(method)
        const response = await call(server.origin, method, make())
        expect(response.status).toBe(again ? 200 : 503)
        await response.body.bytes()
        expect(server.requests).toBe(again ? 3 : 1)
        expect(bodies).toEqual(Array.from({ length: again ? 3 : 1 }, () => bytes))
      }
    }
  })

  test('that stalls in the body of its 503 holds up nobody', async () => {
    const bodies: number[] = []
    await using server = await rawServer(async (connection) => {
      if (connection.index > 0) return await answerAll(connection, bodies)
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\nabc')
      return await connection.stall()
    })
    const response = await call(server.origin, 'GET', bytesBody(payload))
    expect(response.status).toBe(200)
    await response.body.bytes()
    expect(server.requests).toBe(2)
  })
})
