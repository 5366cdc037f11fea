import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { ConnectionEnded, cuts, rawServer, rawTlsServer, reply, testAuthority } from '../../src/index.ts'
import { askHttp1 } from '../servers/exchange.ts'

// Loading the library for certificates takes its time on a busy machine.
beforeAll(() => testAuthority(), 60_000)

/** Sends bytes over TCP, and gives what comes back until the end. */
function dial(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.write(sent, 'latin1')
  return text(socket)
}

test('an answer goes out as it is given, and requests are kept as they came', async () => {
  await using server = await rawServer(async (connection) => {
    const request = await connection.receiveRequest()
    expect(request.requestLine).toBe('POST /a HTTP/1.1')
    expect([request.method, request.target]).toEqual(['POST', '/a'])
    expect(request.headers).toEqual([
      ['Host', 'x'],
      ['Content-Length', '3'],
    ])
    expect(Buffer.from(request.body).toString()).toBe('abc')
    await connection.send(reply({ status: 404, reason: 'Nope', headers: { 'X-A': '1' }, body: 'é' }))
    await connection.end()
  })
  const request = 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc'
  const answer = await dial(server.port, request)
  expect(answer).toBe('HTTP/1.1 404 Nope\r\ncontent-length: 2\r\nX-A: 1\r\n\r\n\xc3\xa9')
  expect(server.received).toEqual([request])
  expect(server.requests).toBe(1)
})

test('chunks and trailers of a request are taken off, and the next request follows', async () => {
  await using server = await rawServer(async (connection) => {
    const first = await connection.receiveRequest()
    const second = await connection.receiveHead()
    const rest = await connection.receiveBytes(2)
    await connection.send(`${Buffer.from(first.body).toString()}|${second}|${Buffer.from(rest).toString()}`)
    expect(connection.bytesReceived).toBe(connection.received.length)
    await connection.end()
  })
  const chunked = 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: 1\r\n\r\n'
  expect(await dial(server.port, `${chunked}GET / HTTP/1.1\r\n\r\nzz`)).toBe('abcde|GET / HTTP/1.1\r\n\r\n|zz')
})

test('an answer drips', async () => {
  await using server = await rawServer(async (connection) => {
    await connection.receiveHead()
    await connection.sendSlowly(reply({ body: 'slow' }), { chunkBytes: 3 })
    await connection.end()
  })
  expect((await askHttp1(server.origin)).body).toBe('slow')
})

test('a script that stalls ends with the client', async () => {
  const ended = Promise.withResolvers<void>()
  await using server = await rawServer(async (connection) => {
    await connection.receiveHead()
    await connection.stall()
    ended.resolve()
  })
  const socket = connect(server.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\n\r\n', () => socket.end())
  await ended.promise
  await server.idle()
  expect(server.connections).toBe(0)
})

test('a client that leaves early is no failure of the script', async () => {
  const failed = Promise.withResolvers<unknown>()
  const server = await rawServer(async (connection) => {
    await connection.receiveHead().catch((error: unknown) => {
      failed.resolve(error)
      throw error
    })
  })
  connect(server.port, '127.0.0.1').end('GET')
  expect(await failed.promise).toBeInstanceOf(ConnectionEnded)
  await server.close()
})

test('what a script throws comes out of close, and the client is let go', async () => {
  const server = await rawServer(() => {
    throw new Error('wrong request')
  })
  await dial(server.port, '').catch(() => {})
  await expect(server.close()).rejects.toThrow('wrong request')
})

describe.each(cuts)('an answer cut $name', ({ play, by, bodyBytes, headSent }) => {
  test.each([
    { over: 'TCP', start: rawServer, dialOver: (port: number) => connect(port, '127.0.0.1') },
    {
      over: 'TLS',
      start: rawTlsServer,
      dialOver: (port: number, ca?: string) => connectTls({ port, host: '127.0.0.1', ...(ca !== undefined && { ca }) }),
    },
  ])('over $over', async ({ start, dialOver }) => {
    await using server = await start(play)
    const socket = dialOver(server.port, server.ca)
    socket.setEncoding('latin1')
    let came = ''
    let failure: unknown
    socket.on('data', (piece: string) => (came += piece))
    socket.on('error', (error) => (failure = error))
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await new Promise((resolve) => socket.once('close', resolve))
    if (by === 'FIN') expect(failure).toBeUndefined()
    else expect(failure).toHaveProperty('code', 'ECONNRESET')
    expect(came.includes('\r\n\r\n')).toBe(headSent)
    // The bodies are digits, the sizes of chunks stand before a line break.
    const body = came.slice(headSent ? came.indexOf('\r\n\r\n') + 4 : came.length).replaceAll(/[\da-f]+\r\n(?=\d)/g, '')
    expect(body.replaceAll('\r\n', '')).toHaveLength(bodyBytes)
    await server.idle()
    expect(server.requests).toBe(1)
  })

  test('is no answer to a client of HTTP', async () => {
    await using server = await rawServer(play)
    await expect(askHttp1(server.origin)).rejects.toThrow(/ECONNRESET|aborted|socket hang up|Parse Error/)
  })
})
