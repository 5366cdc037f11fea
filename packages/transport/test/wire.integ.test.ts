import { factoryBody, httpRequest, isHttpError, newCall, ClientRuntime, HeaderFields, streamBody } from '@halyard/core'
import { eachProtocol, rawServer, reply, type ServerRequest } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { transport } from '../src/index.ts'
import { clientFor, text, thrown } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

/** The body, or what came of it before the client left. */
function bodyOf(request: ServerRequest): Promise<string> {
  const chunks: Uint8Array[] = []
  return new Promise((resolve) => {
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    request.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of texts) {
    await Promise.resolve()
    yield Buffer.from(piece)
  }
}

/** Answers any number of requests on a connection with an empty 200. */
const always = (answer = reply()) =>
  tidy(
    rawServer(async (connection) => {
      for (;;) {
        await connection.receiveRequest()
        await connection.send(answer)
      }
    }),
  )

describe.each(eachProtocol)('over $name', ({ start, httpVersion }) => {
  const echo = () =>
    tidy(
      start(async (request, response) => {
        const body = await bodyOf(request)
        response.setHeader('x-method', request.method)
        response.setHeader('x-url', request.url)
        response.setHeader('x-length', request.headers['content-length'] ?? 'none')
        response.setHeader('x-coding', request.headers['transfer-encoding'] ?? 'none')
        response.end(Buffer.from(body, 'latin1'))
      }),
    )

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND', 'REPORT'])(
    '%s',
    async (method) => {
      await using server = await echo()
      await using client = clientFor(server)
      const response = await client.api.request(method, '/a?b=c')
      expect(response.status).toBe(200)
      expect(response.httpVersion).toBe(httpVersion)
      expect(response.headers.get('x-method')).toBe(method)
      expect(response.headers.get('x-url')).toBe('/a?b=c')
      expect(await text(response)).toBe('')
    },
  )

  test('HEAD has headers and no body', async () => {
    await using server = await tidy(
      start((_request, response) => {
        response.setHeader('content-length', 1_000)
        response.end()
      }),
    )
    await using client = clientFor(server)
    const response = await client.api.request('HEAD', '/')
    expect(response.headers.get('content-length')).toBe('1000')
    expect(await text(response)).toBe('')
  })

  test('known bytes go with their length', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const response = await client.api.request('POST', '/', { body: 'grüße' })
    expect(response.headers.get('x-length')).toBe('7')
    expect(response.headers.get('x-coding')).toBe('none')
    expect(await text(response)).toBe(Buffer.from('grüße').toString('latin1'))
  })

  test('a stream without a length goes in chunks', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const response = await client.api.request('POST', '/', { body: streamBody(pieces('one', 'two', 'three')) })
    expect(response.headers.get('x-length')).toBe('none')
    expect(response.headers.get('x-coding')).toBe(httpVersion === '2' ? 'none' : 'chunked')
    expect(await text(response)).toBe('onetwothree')
  })

  test('a stream of known length goes with its length', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const response = await client.api.request('POST', '/', { body: streamBody(pieces('one', 'two'), { length: 6 }) })
    expect(response.headers.get('x-length')).toBe('6')
    expect(response.headers.get('x-coding')).toBe('none')
    expect(await text(response)).toBe('onetwo')
  })

  test('an empty stream is an empty body', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    expect(await text(client.api.request('POST', '/', { body: streamBody(pieces()) }))).toBe('')
  })

  test.each(['POST', 'PUT', 'PATCH'])('%s without a body says that it is empty', async (method) => {
    await using server = await echo()
    await using client = clientFor(server)
    const response = await client.api.request(method, '/')
    // HTTP/2 ends the stream with its headers.
    expect(['0', 'none']).toContain(response.headers.get('x-length'))
    if (httpVersion === '1.1') expect(response.headers.get('x-length')).toBe('0')
    expect(response.headers.get('x-coding')).toBe('none')
  })

  test('GET without a body has no length', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const response = await client.api.get('/')
    expect(response.headers.get('x-length')).toBe('none')
    expect(response.headers.get('x-coding')).toBe('none')
  })

  test('the caller’s own content-length is not doubled', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const response = await client.api.request('POST', '/', { body: 'abc', headers: { 'Content-Length': '3' } })
    expect(response.headers.get('x-length')).toBe('3')
  })

  test.each([
    ['shorter', 10],
    ['longer', 3],
  ])('a stream %s than its length is an error, and nobody answers it', async (_how, length) => {
    let whole = 0
    await using server = await tidy(
      start(async (request, response) => {
        let broken = false
        request.on('aborted', () => (broken = true))
        await bodyOf(request)
        await new Promise((resolve) => void setImmediate(resolve))
        if (!broken && request.complete) whole += 1
        response.end()
      }),
    )
    await using client = clientFor(server)
    const error = await thrown(
      client.api.request('POST', '/', { body: streamBody(pieces('12', '3', '45'), { length }) }),
    )
    expect(isHttpError(error, 'encode')).toBe(true)
    expect(error.message).toContain('not as long as it was said to be')
    expect(whole).toBe(0)
    if (httpVersion === '2') expect(client.stats().connections).toBe(1)
    // The next request is not mixed up with what was left of that one.
    const next = await client.api.request('POST', '/', { body: 'abc' })
    expect(next.status).toBe(200)
  })

  test('response fields come as they were sent, repeated ones too', async () => {
    await using server = await tidy(
      start((_request, response) => {
        response.setHeader('Set-Cookie', ['a=1', 'b=2', 'c=3'])
        response.end('x')
      }),
    )
    await using client = clientFor(server)
    const { headers } = await client.api.get('/')
    expect(headers.getAll('SET-COOKIE')).toEqual(['a=1', 'b=2', 'c=3'])
    expect(headers.get('set-cookie')).toBe('a=1')
    expect(headers.has('Set-Cookie')).toBe(true)
    expect([...headers].filter(([name]) => name === 'set-cookie')).toHaveLength(3)
    expect([...headers].some(([name]) => name.startsWith(':'))).toBe(false)
  })

  test('a body source that fails is the caller’s error, and its cause is kept', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const broken = new Error('disk on fire')
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first')
      await Promise.resolve()
      throw broken
    }
    const error = await thrown(client.api.request('POST', '/', { body: streamBody(failing()) }))
    expect(isHttpError(error, 'encode')).toBe(true)
    expect(error.cause).toBe(broken)
    expect(error.message).toContain('disk on fire')
    expect((await client.api.get('/')).status).toBe(200)
  })

  test('chunks that are not bytes are refused', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    async function* wrong(): AsyncGenerator<Uint8Array> {
      await Promise.resolve()
      yield 'text' as unknown as Uint8Array
    }
    const error = await thrown(client.api.request('POST', '/', { body: factoryBody(wrong) }))
    expect(isHttpError(error, 'encode')).toBe(true)
    expect(error.message).toContain('must be Uint8Array')
  })

  test('a body that was sent already is refused, and nothing is sent', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const body = streamBody(pieces('once'))
    expect(await text(client.api.request('POST', '/', { body }))).toBe('once')
    const error = await thrown(client.api.request('POST', '/', { body }))
    expect(isHttpError(error, 'not-replayable')).toBe(true)
    expect(error).toMatchObject({ sent: 'no' })
    expect(server.requests).toBe(1)
  })

  test.each([
    ['transfer-encoding', 'chunked'],
    ['Transfer-Encoding', 'gzip, chunked'],
    ['keep-alive', 'timeout=5'],
    ['upgrade', 'websocket'],
    ['Expect', '100-continue'],
    ['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
    ['proxy-connection', 'keep-alive'],
    ['content-length', '-1'],
    ['content-length', '+3'],
    ['content-length', '3 '],
    ['content-length', '3, 3'],
    ['content-length', '0x3'],
    ['content-length', '1e0'],
    ['content-length', '4'],
    ['content-length', ''],
    ['content-length', '99999999999999999999'],
  ])('%s: %s is refused, and nothing is sent', async (name, value) => {
    await using server = await echo()
    await using client = clientFor(server)
    const error = await thrown(client.api.request('POST', '/', { body: 'abc', headers: { [name]: value } }))
    expect(isHttpError(error, 'config')).toBe(true)
    expect(error).toMatchObject({ sent: 'no' })
    expect(server.totalConnections).toBe(0)
  })

  test('two content-lengths are refused even where they agree', async () => {
    await using server = await echo()
    await using client = clientFor(server)
    const headers = new HeaderFields(['content-length', '3', 'Content-Length', '3'])
    const error = await thrown(client.api.request('POST', '/', { body: 'abc', headers }))
    expect(isHttpError(error, 'config')).toBe(true)
    expect(server.totalConnections).toBe(0)
  })
})

describe('the bytes of HTTP/1.1', () => {
  const exchange = async (
    send: (client: ReturnType<typeof clientFor>) => Promise<unknown>,
  ): Promise<{ readonly bytes: string; readonly host: string }> => {
    await using server = await always()
    await using client = clientFor(server)
    await send(client)
    return { bytes: server.received.join(''), host: new URL(server.origin).host }
  }

  test('a GET: request line, Host first, the caller’s fields as they were given', async () => {
    const { bytes, host } = await exchange(({ api }) =>
      api.get('/path/%20x?q=1&q=2', {
        headers: [
          ['X-First', '1'],
          ['x-second', '2'],
          ['X-First', '3'],
        ],
      }),
    )
    expect(bytes).toBe(
      `GET /path/%20x?q=1&q=2 HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n` +
        'X-First: 1\r\nx-second: 2\r\nX-First: 3\r\n\r\n',
    )
  })

  test('a POST of bytes', async () => {
    const { bytes, host } = await exchange(({ api }) =>
      api.request('POST', '/', { body: Buffer.from([0, 13, 10, 255]) }),
    )
    expect(bytes).toBe(
      `POST / HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\ncontent-length: 4\r\n\r\n\0\r\n\xff`,
    )
  })

  test('a POST of text has its content type', async () => {
    const { bytes } = await exchange(({ api }) => api.request('POST', '/', { body: 'a' }))
    expect(bytes).toContain('\r\ncontent-type: text/plain; charset=utf-8\r\n')
    expect(bytes.endsWith('content-length: 1\r\n\r\na')).toBe(true)
  })

  test('a POST of a stream', async () => {
    const { bytes, host } = await exchange(({ api }) =>
      api.request('POST', '/', { body: streamBody(pieces('one', 'seventeen bytes..')) }),
    )
    expect(bytes.replaceAll(/(?<=\r\n)(\d+)\r\n/g, (line) => line.toLowerCase())).toBe(
      `POST / HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n` +
        '3\r\none\r\n11\r\nseventeen bytes..\r\n0\r\n\r\n',
    )
  })

  test('the caller’s Host replaces ours', async () => {
    const { bytes } = await exchange(({ api }) => api.get('/', { headers: { Host: 'other.test' } }))
    expect(bytes.match(/host:/gi)).toHaveLength(1)
    expect(bytes.toLowerCase()).toContain('host: other.test\r\n')
  })

  test('an answer to a POST that needs no body keeps the connection', async () => {
    await using server = await always()
    await using client = clientFor(server)
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'GET']) await text(client.api.request(method, '/'))
    expect(server.totalConnections).toBe(1)
  })

  test.each([
    ['fragments', '/a?b#secret'],
    ['fragments of absolute URLs', '#secret'],
  ])('%s are never sent', async (_what, suffix) => {
    await using server = await always()
    await using client = clientFor(server)
    await client.api.get(suffix.startsWith('/') ? suffix : `${server.origin}/x${suffix}`)
    expect(server.received.join('')).not.toContain('secret')
    expect(server.received.join('')).not.toContain('#')
  })

  test('user information is never sent', async () => {
    await using server = await always()
    await using client = clientFor(server)
    const url = server.origin.replace('http://', 'http://user:secret@')
    const sent = client.api.get(`${url}/x`)
    await sent.catch(() => {})
    const bytes = server.received.join('').toLowerCase()
    expect(bytes).not.toContain('secret')
    expect(bytes).not.toContain('authorization')
    expect(bytes).not.toContain('@')
  })
})

describe('what would break the lines of a request never leaves', () => {
  const breaking = ['\r', '\n', '\r\n', '\0', '\r\nx-injected: 1', '\n\nGET / HTTP/1.1']

  test.each(breaking)('%j in a method, a header name or value through the pipeline', async (piece) => {
    await using server = await always()
    await using client = clientFor(server)
    expect(isHttpError(await thrown(client.api.request(`GET${piece}`, '/')), 'config')).toBe(true)
    for (const headers of [{ [`x${piece}y`]: '1' }, { x: `1${piece}2` }, { host: `a${piece}b` }]) {
      expect(isHttpError(await thrown(async () => client.api.get('/', { headers })), 'config')).toBe(true)
    }
    expect(server.totalConnections).toBe(0)
  })

  test.each(breaking)('%j in a path through the pipeline is encoded, dropped or refused', async (piece) => {
    await using server = await always()
    await using client = clientFor(server)
    await client.api.get(`/a${piece}b`).catch((error: unknown) => expect(isHttpError(error)).toBe(true))
    await client.api.get(`${server.origin}/a${piece}b?c=${piece}`).catch(() => {})
    const lines = server.received.flatMap((bytes) => bytes.split(/\r\n|\n|\r/))
    const known = /^(?:GET \/[!-~]* HTTP\/1\.1|host: [\w.:]+|connection: keep-alive|)$/
    expect(lines.filter((line) => !known.test(line))).toEqual([])
  })

  test.each(breaking.flatMap((piece) => ['method', 'path', 'name', 'value'].map((where) => [where, piece])))(
    'past the pipeline, in a %s: %j',
    async (where, piece) => {
      await using server = await always()
      const runtime = new ClientRuntime()
      const end = transport()
      const send = end.open(runtime)
      const flat = [where === 'name' ? `x${piece}` : 'x', where === 'value' ? `1${piece}2` : '1']
      const work = async (): Promise<unknown> =>
        await send(
          httpRequest({
            method: where === 'method' ? `GET${piece}` : 'GET',
            origin: server.origin,
            path: where === 'path' ? `/a${piece}b` : '/',
            headers: new HeaderFields(flat),
            body: undefined,
          }),
          newCall(),
        )
      const error = await thrown(work)
      expect(isHttpError(error)).toBe(true)
      expect(error).toMatchObject({ sent: 'no' })
      await runtime.close()
      expect(server.received.join('')).toBe('')
    },
  )
})
