import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { ServerHttp2Stream } from 'node:http2'
import { Duplex, type Writable } from 'node:stream'
import { isHttpError, type HttpResponse } from '@halyard/core'
import { eachProtocol, httpServer, rawServer, type ServerHandler, type ServerResponse } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, thrown } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const size = 3_000_017
/** No two stretches of it are alike. */
const content = Buffer.alloc(size)
for (let at = 0; at + 4 <= size; at += 4) content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const whole = sum(content)

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Sends the content in pieces of odd sizes, with its length or in chunks. */
const serve: ServerHandler = async (request, response) => {
  const answer = request.url === '/chunked' ? unmeasured(response) : response
  if (request.url !== '/chunked') response.setHeader('content-length', size)
  let at = 0
  for (let step = 1; at < size; step = (step * 7 + 3) % 90_001) {
    const sent = answer.write(content.subarray(at, at + step))
    at += step
    if (!sent) await Promise.race([once(answer, 'drain'), once(answer, 'close')])
    if (answer.destroyed) return
  }
  answer.end()
}

/** Where to write an answer without a length. Node's HTTP/2 responses may leave out END_STREAM; its streams do not. */
function unmeasured(response: ServerResponse): Writable {
  const stream: unknown = 'stream' in response ? response.stream : undefined
  if (!isServerStream(stream)) return response
  stream.respond({ ':status': 200 })
  return stream
}

function isServerStream(value: unknown): value is ServerHttp2Stream {
  return value instanceof Duplex && 'respond' in value
}

/** What a reader makes of a body, as one. */
const readers: Readonly<Record<string, (response: HttpResponse) => Promise<Uint8Array>>> = {
  bytes: ({ body }) => body.bytes(),
  'a stream whose chunks are kept': async ({ body }) => {
    const kept: Uint8Array[] = []
    for await (const chunk of body.stream()) {
      kept.push(chunk)
      if (kept.length % 5 === 0) await turn()
    }
    return Buffer.concat(kept)
  },
  'drained at once': async ({ body }) => {
    const kept: Uint8Array[] = []
    await body.drainTo?.((chunk) => void kept.push(Uint8Array.from(chunk)))
    return Buffer.concat(kept)
  },
  'drained with pauses': async ({ body }) => {
    const kept: Uint8Array[] = []
    let taking = 0
    await body.drainTo?.((chunk) => {
      // Nothing more may come before there is room.
      expect(taking).toBe(0)
      kept.push(Uint8Array.from(chunk))
      if (kept.length % 3 !== 0) return undefined
      taking += 1
      return turn().then(() => {
        taking -= 1
      })
    })
    return Buffer.concat(kept)
  },
  'drained late': async ({ body }) => {
    for (let turns = 0; turns < 50; turns += 1) await turn()
    const kept: Uint8Array[] = []
    await body.drainTo?.((chunk) => void kept.push(Uint8Array.from(chunk)))
    return Buffer.concat(kept)
  },
}

describe.each(eachProtocol)('over $name', ({ start }) => {
  test.each(['/length', '/chunked'])('every reader has the bytes that were sent: %s', async (path) => {
    await using server = await tidy(start(serve))
    await using client = clientFor(server)
    const { api } = client
    const chosen = Object.entries(readers)
    for (const [name, read] of chosen) {
      expect([name, sum(await read(await api.get(path)))]).toEqual([name, whole])
    }
    // On sockets of their own, and on the same ones again, all at once.
    const mixed = chosen.flatMap(([, read]) => [read, read])
    const all = await Promise.all(mixed.map(async (read) => sum(await read(await api.get(path)))))
    expect(all).toEqual(mixed.map(() => whole))
  })

  test('a taker that throws, or has no room for good, ends the exchange', async () => {
    await using server = await tidy(start(serve))
    await using client = clientFor(server)
    const { api } = client
    const bug = new Error('a bug of the taker')
    const first = await api.get('/length')
    expect(
      await thrown(async () =>
        first.body.drainTo?.(() => {
          throw bug
        }),
      ),
    ).toBe(bug)
    const second = await api.get('/length')
    expect(await thrown(async () => second.body.drainTo?.(() => Promise.reject(bug)))).toBe(bug)
    const third = await api.get('/length')
    const draining = third.body.drainTo?.(() => new Promise(() => undefined))
    const failed = thrown(async () => draining)
    await turn()
    await third.body.discard()
    expect(isHttpError(await failed)).toBe(true)
    expect(sum(await (await api.get('/length')).body.bytes())).toBe(whole)
  })

  test('a body is drained once, and an empty one gives nothing', async () => {
    await using server = await tidy(start((_request, response) => void response.end()))
    await using client = clientFor(server)
    const { api } = client
    const response = await api.get('/')
    let given = 0
    await response.body.drainTo?.(() => void (given += 1))
    expect(given).toBe(0)
    expect(await thrown(async () => response.body.drainTo?.(() => undefined))).toMatchObject({ code: 'decode' })
    expect(await thrown(async () => response.body.bytes())).toMatchObject({ code: 'decode' })
  })
})

test.each(['FIN', 'RST'])('a body that is cut by %s fails, after what came', async (by) => {
  await using server = await rawServer(async (connection) => {
    await connection.receiveRequest()
    await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
    await connection.send('x'.repeat(60_000))
    if (by === 'FIN') await connection.end()
    else await connection.reset()
  })
  await using client = clientFor(server)
  const response = await client.api.get('/')
  let given = 0
  const error = await thrown(async () => response.body.drainTo?.((chunk) => void (given += chunk.byteLength)))
  expect(error).toMatchObject({ code: 'socket', receivedBytes: given })
})

test('what is given is there for the moment only: over HTTP/1 the same memory comes again', async () => {
  await using server = await tidy(httpServer(serve))
  await using client = clientFor(server)
  const { api } = client
  const response = await api.get('/length')
  const memories = new Set<ArrayBufferLike>()
  let given = 0
  await response.body.drainTo?.((chunk) => {
    memories.add(chunk.buffer)
    given += 1
  })
  expect(given).toBeGreaterThan(memories.size * 3)
})
