import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import { factoryBody, isHttpError, streamBody, type HttpResponse, type TransportError } from '@halyard/core'
import {
  h2cServer,
  http2Server,
  httpsServer,
  rawTlsServer,
  type Http2Settings,
  type ServerHandler,
  type ServerRequest,
} from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, gate, streamed, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const h2 = (handler: ServerHandler, settings?: Http2Settings) => tidy(http2Server(handler, settings))

function streamOf(request: ServerRequest): ServerHttp2Stream {
  return (request as unknown as Http2ServerRequest).stream
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of texts) {
    await Promise.resolve()
    yield Buffer.from(piece)
  }
}

describe('which protocol', () => {
  test.each([
    ['auto', '2'],
    ['2', '2'],
    ['1.1', '1.1'],
  ] as const)('a server that speaks both, httpVersion %s', async (httpVersion, expected) => {
    await using server = await h2((_request, response) => void response.end('ok'), { allowHTTP1: true })
    await using client = clientFor(server, { httpVersion })
    const response = await client.api.get('/')
    expect(response.httpVersion).toBe(expected)
    expect(await text(response)).toBe('ok')
    expect(client.stats().protocol).toBe(expected === '2' ? 'h2' : 'h1')
  })

  test('auto takes HTTP/1.1 from a server that speaks nothing else', async () => {
    await using server = await tidy(httpsServer((_request, response) => void response.end('ok')))
    await using client = clientFor(server)
    const results = await Promise.all(Array.from({ length: 10 }, () => client.api.get('/')))
    expect(new Set(results.map((response) => response.httpVersion))).toEqual(new Set(['1.1']))
    await Promise.all(results.map((response) => text(response)))
  })

  test('httpVersion 2 refuses a server that speaks HTTP/1.1 only', async () => {
    await using server = await tidy(httpsServer((_request, response) => void response.end('ok')))
    await using client = clientFor(server, { httpVersion: '2' })
    expect(await thrown(client.api.get('/'))).toMatchObject({ sent: 'no' })
    expect(server.requests).toBe(0)
  })

  test('httpVersion 1.1 refuses a server that speaks HTTP/2 only', async () => {
    await using server = await h2((_request, response) => void response.end('ok'))
    await using client = clientFor(server, { httpVersion: '1.1' })
    expect(isHttpError(await thrown(client.api.get('/')))).toBe(true)
    expect(server.requests).toBe(0)
  })

  test.each([{ http2: { priorKnowledge: true } }, { httpVersion: '2' as const }])(
    'clear text by %j',
    async (options) => {
      await using server = await tidy(h2cServer((request, response) => void response.end(request.httpVersion)))
      await using client = clientFor(server, options)
      const response = await client.api.get('/')
      expect(response.httpVersion).toBe('2')
      expect(await text(response)).toBe('2.0')
    },
  )

  test('a server that agrees on h2 and talks HTTP/1.1', async () => {
    await using server = await tidy(
      rawTlsServer(
        async (connection) => {
          await connection.receiveBytes(10)
          await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        },
        { node: { ALPNProtocols: ['h2'] } },
      ),
    )
    await using client = clientFor(server, { timeout: { headersMs: 2_000 } })
    const error = await thrown(client.api.get('/'))
    expect(['socket', 'protocol']).toContain((error as TransportError).code)
  })

  test('a server that agrees on h2 and says nothing', async () => {
    await using server = await tidy(
      rawTlsServer((connection) => connection.stall(), { node: { ALPNProtocols: ['h2'] } }),
    )
    await using client = clientFor(server, { timeout: { headersMs: 200 } })
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'timeout' })
  })

  test('fields that HTTP/2 forbids are refused or dropped, and the connection survives', async () => {
    await using server = await h2((request, response) => {
      response.end(JSON.stringify(Object.keys(request.headers).filter((name) => name === 'connection')))
    })
    await using client = clientFor(server)
    const outcome = await text(client.api.get('/', { headers: { connection: 'keep-alive' } })).catch((error: unknown) =>
      isHttpError(error),
    )
    expect([true, '[]']).toContain(outcome)
    expect(await text(client.api.get('/'))).toBe('[]')
  })

  test('names are sent in lower case', async () => {
    await using server = await h2((request, response) => void response.end(String(request.headers['x-mixed'])))
    await using client = clientFor(server)
    expect(await text(client.api.get('/', { headers: { 'X-Mixed': 'Case' } }))).toBe('Case')
  })
})

describe('many streams', () => {
  test('250 calls share connections of 100 streams', async () => {
    let open = 0
    let most = 0
    await using server = await h2(async (request, response) => {
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => void setImmediate(resolve))
      open -= 1
      response.end(request.url)
    })
    await using client = clientFor(server, { pool: { maxStreamsPerConnection: 100, maxConnections: 3 } })
    const bodies = await Promise.all(Array.from({ length: 250 }, (_, call) => text(client.api.get(`/${call}`))))
    expect(bodies).toEqual(Array.from({ length: 250 }, (_, call) => `/${call}`))
    expect(server.totalConnections).toBeLessThanOrEqual(3)
    expect(most).toBeGreaterThan(1)
    expect(client.stats()).toMatchObject({ active: 0, queued: 0, streams: 0, protocol: 'h2' })
  })

  test('250 calls that are all held: the limits hold, and stats tell', async () => {
    const { opened, open } = gate()
    const perConnection = new Map<unknown, number>()
    await using server = await h2(async (request, response) => {
      const { session } = streamOf(request)
      perConnection.set(session, (perConnection.get(session) ?? 0) + 1)
      await opened
      response.end('ok')
    })
    await using client = clientFor(server, { pool: { maxStreamsPerConnection: 50, maxConnections: 3 } })
    const all = Promise.all(Array.from({ length: 250 }, () => text(client.api.get('/'))))
    await until(() => server.requests === 150, 'three connections to be full')
    expect(client.stats()).toMatchObject({ connections: 3, active: 3, streams: 150, queued: 100 })
    expect([...perConnection.values()]).toEqual([50, 50, 50])
    open()
    expect(await all).toHaveLength(250)
    expect(server.maxConnections).toBe(3)
  })

  test('a server that allows 5 streams', async () => {
    let open = 0
    let most = 0
    await using server = await h2(
      async (_request, response) => {
        open += 1
        most = Math.max(most, open)
        await new Promise((resolve) => void setImmediate(resolve))
        open -= 1
        response.end('ok')
      },
      { settings: { maxConcurrentStreams: 5 } },
    )
    await using client = clientFor(server, { pool: { maxConnections: 1 } })
    expect(await Promise.all(Array.from({ length: 60 }, () => text(client.api.get('/'))))).toHaveLength(60)
    expect(most).toBeLessThanOrEqual(5)
    expect(server.totalConnections).toBe(1)
  })

  test.each([1, 2])('maxStreamsPerConnection 1 over %d connections', async (maxConnections) => {
    await using server = await h2((_request, response) => void response.end('ok'))
    await using client = clientFor(server, { pool: { maxStreamsPerConnection: 1, maxConnections } })
    expect(await Promise.all(Array.from({ length: 30 }, () => text(client.api.get('/'))))).toHaveLength(30)
    expect(server.maxConnections).toBeLessThanOrEqual(maxConnections)
  })

  test('maxRequestsPerConnection', async () => {
    await using server = await h2((_request, response) => void response.end('ok'))
    await using client = clientFor(server, { pool: { maxRequestsPerConnection: 10 } })
    expect(await Promise.all(Array.from({ length: 35 }, () => text(client.api.get('/'))))).toHaveLength(35)
    expect(server.totalConnections).toBeGreaterThanOrEqual(4)
  })

  test('a stream that is given up leaves the others alone', async () => {
    const { opened, open } = gate()
    const closed: string[] = []
    await using server = await h2(async (request, response) => {
      response.on('close', () => closed.push(request.url))
      await opened
      response.end(request.url)
    })
    await using client = clientFor(server)
    const controller = new AbortController()
    const lost = thrown(client.api.get('/lost', { signal: controller.signal }))
    const kept = text(client.api.get('/kept'))
    await until(() => server.requests === 2)
    controller.abort()
    expect(isHttpError(await lost, 'aborted')).toBe(true)
    await until(() => closed.includes('/lost'), 'the server to hear of it')
    open()
    expect(await kept).toBe('/kept')
    expect(await text(client.api.get('/next'))).toBe('/next')
    expect(server.totalConnections).toBe(1)
  })

  test('an answer before the whole request was read keeps the connection', async () => {
    await using server = await h2((request, response) => {
      request.on('error', () => {})
      response.statusCode = 413
      response.end('no')
    })
    await using client = clientFor(server)
    for (let call = 0; call < 3; call += 1) {
      let stopped = false
      const body = factoryBody(async function* () {
        try {
          for (;;) {
            yield Buffer.alloc(1_000)
            await new Promise((resolve) => void setImmediate(resolve))
          }
        } finally {
          stopped = true
        }
      })
      const response = await client.api.request('POST', '/', { body })
      expect(response.status).toBe(413)
      expect(await text(response)).toBe('no')
      await until(() => stopped, 'the source to be stopped')
    }
    expect(server.totalConnections).toBe(1)
  })
})

describe('streams and sessions that end', () => {
  test('GOAWAY: accepted streams finish, and new calls go elsewhere', async () => {
    const { opened, open } = gate()
    await using server = await h2(async (request, response) => {
      if (request.url === '/goaway') {
        streamOf(request).session?.goaway(0)
        response.end('bye')
        return
      }
      response.write('begun ')
      await opened
      response.end('done')
    })
    await using client = clientFor(server)
    const accepted = await Promise.all(Array.from({ length: 5 }, () => client.api.get('/')))
    expect(await text(client.api.get('/goaway'))).toBe('bye')
    await until(() => client.stats().connections === 0, 'the pool to know')
    const later = client.api.get('/')
    await until(() => server.requests === 7)
    open()
    expect(await Promise.all(accepted.map((response) => text(response)))).toEqual(Array(5).fill('begun done'))
    expect(await text(later)).toBe('begun done')
    expect(server.totalConnections).toBe(2)
  })

  describe.each([
    ['GET', undefined],
    ['POST', 'bytes'],
  ])('%s', (method, body) => {
    /** Node's server does not notice by itself that a client left that it had refused. */
    const refused = new Set<{ destroy(): void }>()
    const forget = (): void => {
      for (const session of refused) session.destroy()
      refused.clear()
    }
    /** Refuses all after stream 1 by GOAWAY. */
    const refuse = ({ session }: ServerHttp2Stream): void => {
      if (session === undefined) return
      refused.add(session)
      session.goaway(0, 1)
    }
    /** Answers the first stream of a connection, stream 1, and refuses the second. */
    const refusing: ServerHandler = (request, response) => {
      if (streamOf(request).id === 1) response.end('ok')
      else refuse(streamOf(request))
    }

    test('refused by GOAWAY: sent again over another connection', async () => {
      await using server = await h2(refusing)
      await using client = clientFor(server)
      for (let call = 0; call < 6; call += 1) expect(await text(client.api.request(method, '/', { body }))).toBe('ok')
      expect(server.totalConnections).toBe(6)
      forget()
    })

    test('refused by every connection: an error in the end, and it says that nothing was done', async () => {
      let closing = false
      await using server = await h2((request, response) => {
        if (!closing) response.end('ok')
        else if (streamOf(request).id === 1) streamOf(request).close(7)
        else refuse(streamOf(request))
      })
      await using client = clientFor(server)
      await text(client.api.get('/'))
      closing = true
      const error = await thrown(client.api.request(method, '/', { body }))
      expect(isHttpError(error)).toBe(true)
      expect(error).toMatchObject({ sent: 'no' })
      expect(server.requests).toBeLessThanOrEqual(6)
      forget()
    })

    test('REFUSED_STREAM: sent again', async () => {
      let requests = 0
      await using server = await h2((request, response) => {
        requests += 1
        if (requests === 1) streamOf(request).close(7)
        else response.end('ok')
      })
      await using client = clientFor(server)
      expect(await text(client.api.request(method, '/', { body }))).toBe('ok')
      expect(requests).toBe(2)
    })

    test('REFUSED_STREAM again and again: an error that says that nothing was done', async () => {
      await using server = await h2((request) => streamOf(request).close(7))
      await using client = clientFor(server)
      const error = await thrown(client.api.request(method, '/', { body }))
      expect(error).toMatchObject({ sent: 'no' })
      expect(server.requests).toBeLessThanOrEqual(4)
    })
  })

  test('a stream body refused by GOAWAY or REFUSED_STREAM is sent again only where it can be made anew', async () => {
    let requests = 0
    const bodies: string[] = []
    await using server = await h2(async (request, response) => {
      requests += 1
      request.on('error', () => {})
      if (requests % 2 === 1) {
        streamOf(request).close(7)
        return
      }
      let body = ''
      for await (const chunk of request) body += String(chunk)
      bodies.push(body)
      response.end('ok')
    })
    await using client = clientFor(server)
    const anew = factoryBody(() => pieces('one ', 'two'))
    expect(await text(client.api.request('POST', '/', { body: anew }))).toBe('ok')
    expect(bodies).toEqual(['one two'])
    const error = await thrown(client.api.request('POST', '/', { body: streamBody(pieces('one ', 'two')) }))
    expect(error).toMatchObject({ sent: 'no' })
    expect(requests).toBe(3)
  })

  test.each([
    [2, 'INTERNAL_ERROR'],
    [8, 'CANCEL'],
    [11, 'ENHANCE_YOUR_CALM'],
  ])('a POST that is reset with %d %s is not sent again', async (code) => {
    await using server = await h2((request) => streamOf(request).close(code))
    await using client = clientFor(server)
    const error = await thrown(client.api.request('POST', '/', { body: 'x' }))
    expect(error).toMatchObject({ code: 'socket', sent: 'maybe' })
    expect(server.requests).toBe(1)
  })

  test('a session that is destroyed fails all it carried, and the next call finds another', async () => {
    await using server = await h2((request, response) => {
      if (request.url === '/') response.write('begun')
      else if (request.url === '/ok') response.end('ok')
      else streamOf(request).session?.destroy()
    })
    await using client = clientFor(server)
    const begun: HttpResponse[] = await Promise.all(Array.from({ length: 5 }, () => client.api.get('/')))
    const waiting = begun.map((response) => thrown(streamed(response)))
    const killer = thrown(client.api.request('POST', '/kill'))
    for (const error of await Promise.all([...waiting, killer])) expect(isHttpError(error, 'socket')).toBe(true)
    expect(await text(client.api.get('/ok'))).toBe('ok')
    expect(server.totalConnections).toBe(2)
  })

  test('a GET over a session that died idle is sent again', async () => {
    await using server = await h2((_request, response) => void response.end('ok'))
    const sockets: { destroy(): unknown }[] = []
    server.server.on('connection', (socket) => sockets.push(socket))
    await using client = clientFor(server)
    for (let call = 0; call < 20; call += 1) {
      expect(await text(client.api.get('/'))).toBe('ok')
      sockets.at(-1)?.destroy()
    }
  })
})

test('uploads that start together share a connection', async () => {
  await using server = await h2((request, response) => void request.pipe(response))
  await using client = clientFor(server)
  await text(client.api.get('/'))
  const bodies = await Promise.all(
    Array.from({ length: 30 }, (_, call) =>
      text(client.api.request('POST', '/', { body: factoryBody(() => pieces('upload ', String(call))) })),
    ),
  )
  expect(bodies).toEqual(Array.from({ length: 30 }, (_, call) => `upload ${call}`))
  expect(server.totalConnections).toBe(1)
})

describe('messages', () => {
  test('trailers', async () => {
    await using server = await h2((_request, response) => {
      response.addTrailers({ 'x-checksum': 'abc', 'x-two': ['1', '2'] })
      response.write('body')
      response.end()
    })
    await using client = clientFor(server)
    const response = await client.api.get('/')
    expect(await text(response)).toBe('body')
    const trailers = await response.trailers()
    expect(trailers.get('x-checksum')).toBe('abc')
  })

  test('103', async () => {
    await using server = await h2((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('ok')
    })
    await using client = clientFor(server)
    const heard: number[] = []
    expect(await text(client.api.get('/', { onInformational: (status) => void heard.push(status) }))).toBe('ok')
    expect(heard).toEqual([103])
  })

  test('a flood of 103 is cut off, and the connection survives', async () => {
    await using server = await h2((request, response) => {
      if (request.url === '/flood')
        for (let hint = 0; hint < 30; hint += 1) response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('ok')
    })
    await using client = clientFor(server)
    expect(await thrown(client.api.get('/flood'))).toMatchObject({ reason: 'interim-flood' })
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(server.totalConnections).toBe(1)
  })

  test('both directions at once', async () => {
    await using server = await h2((request, response) => void request.pipe(response))
    await using client = clientFor(server)
    const { opened, open } = gate()
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ping')
      await opened
      yield Buffer.from('pong')
    }
    const response = await client.api.request('POST', '/', { body: streamBody(source()) })
    const iterator = response.body.stream()[Symbol.asyncIterator]()
    expect(Buffer.from((await iterator.next()).value ?? []).toString()).toBe('ping')
    open()
    expect(Buffer.from((await iterator.next()).value ?? []).toString()).toBe('pong')
    expect((await iterator.next()).done).toBe(true)
  })
})
