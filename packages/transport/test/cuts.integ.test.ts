import { isHttpError, type TransportError } from '@halyard/core'
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { cuts, http2Server, httpServer, rawServer, rawTlsServer, type ServerRequest } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, readers, text, thrown } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

function streamOf(request: ServerRequest): ServerHttp2Stream {
  return (request as unknown as Http2ServerRequest).stream
}

describe.each([
  { how: 'clear text', start: rawServer },
  { how: 'TLS', start: rawTlsServer },
])('over $how', ({ start }) => {
  describe.each(readers)('an answer that is cut is never taken for a whole one by $how', ({ read }) => {
    test.each(cuts)('$name', async ({ play, by, bodyBytes, headSent }) => {
      await using server = await tidy(start(play))
      await using client = clientFor(server)
      const error = (await thrown(read(client.api.get('/')))) as TransportError
      expect(isHttpError(error, 'socket')).toBe(true)
      expect(error.sent === 'yes' || error.sent === 'maybe').toBe(true)
      // RST may overtake what was sent before it.
      if (by === 'FIN') {
        expect(error.receivedBytes).toBe(bodyBytes)
        expect(error.sent).toBe(headSent ? 'yes' : 'maybe')
        expect(error.message).toContain(
          headSent ? `${bodyBytes}${bodyBytes === 7 ? ' of 20' : ''} bytes of the body` : 'no response headers',
        )
      } else expect(error.receivedBytes).toBeLessThanOrEqual(bodyBytes)
      expect(error.message.startsWith(`GET ${server.origin}/: `)).toBe(true)
    })
  })

  test.each(cuts)('after $name the next call is whole', async ({ play }) => {
    await using server = await tidy(
      start(async (connection) => {
        if (connection.index === 0) await play(connection)
        else {
          await connection.receiveRequest()
          await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        }
      }),
    )
    await using client = clientFor(server)
    await thrown(text(client.api.get('/')))
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(server.requests).toBe(2)
  })
})

test.each(cuts.filter(({ headSent, by }) => headSent && by === 'FIN'))(
  'who reads late hears of the cut, too: $name',
  async ({ play, bodyBytes }) => {
    await using server = await tidy(rawServer(play))
    await using client = clientFor(server)
    const response = await client.api.get('/')
    const settled = await new Promise<unknown>((resolve) => response.body.onSettled(resolve))
    expect(isHttpError(settled, 'socket')).toBe(true)
    const error = (await thrown(response.body.bytes())) as TransportError
    expect(error.receivedBytes).toBe(bodyBytes)
    expect(await thrown(response.trailers())).toBe(error)
  },
)

test('a stream gives what came, then fails', async () => {
  const cut = cuts.find(({ name }) => name === 'in chunk, by FIN')
  await using server = await tidy(rawServer((connection) => cut?.play(connection)))
  await using client = clientFor(server)
  const response = await client.api.get('/')
  let got = ''
  const error = await thrown(async () => {
    for await (const chunk of response.body.stream()) got += Buffer.from(chunk).toString()
  })
  expect(isHttpError(error, 'socket')).toBe(true)
  expect('01234567'.startsWith(got)).toBe(true)
})

describe.each([
  { how: 'clear text', start: rawServer },
  { how: 'TLS', start: rawTlsServer },
])('a body that ends with its connection, over $how', ({ start }) => {
  test.each(readers)('is cut by RST: $how', async ({ read }) => {
    const head = Promise.withResolvers<unknown>()
    await using server = await tidy(
      start(async (connection) => {
        await connection.receiveRequest()
        await connection.send('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\npart of it')
        // Sent together, some systems deliver the bytes and then an orderly end.
        await head.promise
        await connection.reset()
      }),
    )
    await using client = clientFor(server)
    const call = client.api.get('/')
    head.resolve(call)
    const error = await thrown(read(call))
    expect(isHttpError(error, 'socket')).toBe(true)
    expect(error).toMatchObject({ reason: 'reset' })
  })
})

describe.each(readers)('over h2 by $how', ({ read }) => {
  test('a stream reset in the body', async () => {
    await using server = await tidy(
      http2Server((_request, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('0123456', () => setImmediate(() => response.destroy()))
      }),
    )
    await using client = clientFor(server)
    const error = (await thrown(read(client.api.get('/')))) as TransportError
    expect(isHttpError(error, 'socket')).toBe(true)
    expect(error).toMatchObject({ sent: 'yes', receivedBytes: 7 })
    expect(error.message).toContain('7 of 100 bytes')
  })

  test('a body shorter than its length', async () => {
    await using server = await tidy(
      http2Server((_request, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.end('0123456')
      }),
    )
    await using client = clientFor(server)
    expect(isHttpError(await thrown(read(client.api.get('/'))))).toBe(true)
  })

  test.each([
    ['the stream destroyed', (request: ServerRequest) => request.socket.destroy()],
    ['the stream reset with CANCEL', (request: ServerRequest) => streamOf(request).close(8)],
    ['the stream reset with INTERNAL_ERROR', (request: ServerRequest) => streamOf(request).close(2)],
    ['the session destroyed', (request: ServerRequest) => streamOf(request).session?.destroy()],
    [
      'the session destroyed after GOAWAY',
      (request: ServerRequest) => {
        streamOf(request).session?.goaway(0)
        setImmediate(() => streamOf(request).session?.destroy())
      },
    ],
  ])('a body without length, %s', async (_what, cut) => {
    await using server = await tidy(
      http2Server((request, response) => {
        response.write('0123456', () => setImmediate(() => cut(request)))
      }),
    )
    await using client = clientFor(server)
    const error = await thrown(read(client.api.get('/')))
    expect(isHttpError(error, 'socket')).toBe(true)
    expect(error).toMatchObject({ sent: 'yes', receivedBytes: 7 })
    expect(error.message).toContain('7 bytes of the body')
  })

  test('a body without length, the TCP connection gone', async () => {
    const sockets: Socket[] = []
    await using server = await tidy(
      http2Server((_request, response) => {
        response.write('0123456', () => setImmediate(() => sockets[0]?.destroy()))
      }),
    )
    server.server.on('connection', (socket: Socket) => sockets.push(socket))
    await using client = clientFor(server)
    const error = await thrown(read(client.api.get('/')))
    expect(isHttpError(error, 'socket')).toBe(true)
    expect(error).toMatchObject({ sent: 'yes' })
  })

  test('whole answers are whole, whichever way the stream ends', async () => {
    await using server = await tidy(
      http2Server((request, response) => {
        if (request.url === '/trailers') response.addTrailers({ 'x-t': '1' })
        if (request.url === '/empty') response.end()
        else response.end('whole')
      }),
    )
    await using client = clientFor(server)
    expect(await read(client.api.get('/'))).toBe('whole')
    expect(await read(client.api.get('/trailers'))).toBe('whole')
    expect(await read(client.api.get('/empty'))).toBe('')
    expect(await read(client.api.request('HEAD', '/'))).toBe('')
    expect(server.totalConnections).toBe(1)
  })

  test('the connection is gone before the head', async () => {
    await using server = await tidy(http2Server((request) => void request.socket.destroy()))
    await using client = clientFor(server)
    const error = await thrown(read(client.api.request('POST', '/', { body: 'x' })))
    expect(isHttpError(error, 'socket')).toBe(true)
    expect(error).toMatchObject({ sent: 'maybe' })
  })
})

describe('valid answers, however they are sliced', () => {
  const final = 'HTTP/1.1 200 OK\r\n'
  const answers: readonly { readonly name: string; readonly bytes: string; readonly body: string }[] = [
    { name: 'by length', bytes: `${final}content-length: 5\r\nx-a: 1\r\n\r\nhello`, body: 'hello' },
    { name: 'without a body', bytes: `${final}content-length: 0\r\n\r\n`, body: '' },
    { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', body: '' },
    {
      name: 'in chunks, with an extension and a trailer',
      bytes: `${final}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nx-t: 1\r\n\r\n`,
      body: 'hello',
    },
    { name: 'after 100', bytes: `HTTP/1.1 100 Continue\r\n\r\n${final}content-length: 5\r\n\r\nhello`, body: 'hello' },
    {
      name: 'after 100 with fields, 103 and 100',
      bytes:
        `HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n` +
        `HTTP/1.1 100 Continue\r\n\r\n${final}content-length: 2\r\n\r\nok`,
      body: 'ok',
    },
    { name: 'an empty reason', bytes: 'HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok', body: 'ok' },
    { name: 'HTTP/1.0 by length', bytes: 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', body: 'ok' },
  ]

  test.each(answers)('$name, byte by byte', async ({ bytes, body }) => {
    await using server = await tidy(
      rawServer(async (connection) => {
        await connection.receiveRequest()
        await connection.sendSlowly(bytes)
      }),
    )
    await using client = clientFor(server)
    expect(await text(client.api.get('/'))).toBe(body)
  })

  test.each(answers)('$name, split at every byte', async ({ bytes, body }) => {
    await using server = await tidy(
      rawServer(async (connection) => {
        for (;;) {
          const { target } = await connection.receiveRequest()
          await connection.sendSlowly(bytes.slice(0, Number(target.slice(1))), { chunkBytes: bytes.length })
          await new Promise((resolve) => void setImmediate(resolve))
          await connection.send(bytes.slice(Number(target.slice(1))))
        }
      }),
    )
    await using client = clientFor(server, { pool: { maxConnections: 4 } })
    const all = Array.from({ length: bytes.length - 1 }, (_, at) => text(client.api.get(`/${at + 1}`)))
    expect(new Set(await Promise.all(all))).toEqual(new Set([body]))
  })

  test('a body that ends with the connection', async () => {
    await using server = await tidy(
      rawServer(async (connection) => {
        await connection.receiveRequest()
        await connection.sendSlowly('HTTP/1.1 200 OK\r\n\r\nall of it')
        await connection.end()
      }),
    )
    await using client = clientFor(server)
    expect(await text(client.api.get('/'))).toBe('all of it')
    expect(client.stats().active).toBe(0)
  })

  test('a body of one byte', async () => {
    await using server = await tidy(httpServer((_request, response) => void response.end('x')))
    await using client = clientFor(server)
    const response = await client.api.get('/')
    const chunks: number[] = []
    for await (const chunk of response.body.stream()) chunks.push(chunk.byteLength)
    expect(chunks).toEqual([1])
  })
})
