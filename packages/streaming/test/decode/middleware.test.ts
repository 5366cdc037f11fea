import {
  createPipeline,
  httpRequest,
  MemoryBody,
  newCall,
  noHeaders,
  respond,
  textBody,
  type HttpRequest,
  type HttpResponse,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  acceptEncoding,
  decodeContent,
  DecodedBody,
  type AcceptEncoding,
  type DecodeOptions,
} from '../../src/decode/index.ts'
import { answer, ChunkedBody, request, send } from './kit/answers.ts'
import { br, gzip, zstd } from './kit/codings.ts'

const hello = Buffer.from('hello')

/** What the middleware sends for a request. */
async function sent(
  options: DecodeOptions,
  asked: HttpRequest = request(),
  callOptions: Readonly<Record<string, unknown>> = {},
): Promise<HttpRequest> {
  let seen = asked
  await send(
    (passed) => {
      seen = passed
      return Promise.resolve(respond())
    },
    options,
    asked,
    newCall(callOptions),
  )
  return seen
}

describe('accept-encoding', () => {
  const all = 'zstd, br, gzip, deflate'

  test.each<[AcceptEncoding | undefined, string | undefined]>([
    [undefined, all],
    ['always', all],
    [['gzip'], 'gzip'],
    [['gzip', 'br'], 'gzip, br'],
    ['auto', undefined],
    ['never', undefined],
    [false, undefined],
  ])('%j sends %j, if the request has none', async (accept, expected) => {
    expect((await sent({ accept })).headers.get('accept-encoding')).toBe(expected)
    expect(acceptEncoding({ accept })).toBe(expected)
    const own = (await sent({ accept }, request({ 'Accept-Encoding': 'x-own' }))).headers.getAll('accept-encoding')
    expect(own).toEqual(accept === 'never' || accept === false ? [] : ['x-own'])
    // For one call.
    expect(
      (await sent({ accept: ['br'] }, request(), { compression: { accept } })).headers.get('accept-encoding'),
    ).toBe(accept === undefined ? 'br' : expected)
  })

  test('what the client has among its default headers is not the caller’s', async () => {
    const asked = request({ 'accept-encoding': all })
    const unchanged = await sent({}, asked)
    expect(unchanged).toBe(asked)
    const changed = async (accept: AcceptEncoding): Promise<readonly string[]> =>
      (await sent({}, asked, { compression: { accept } })).headers.getAll('accept-encoding')
    expect(await changed(['gzip'])).toEqual(['gzip'])
    expect(await changed('auto')).toEqual([])
    expect(await changed(false)).toEqual([])
  })

  test('of a range the bytes are wanted as they are', async () => {
    const range = { range: 'bytes=0-9' }
    expect((await sent({}, request(range))).headers.get('accept-encoding')).toBe('identity')
    expect((await sent({}, request({ ...range, 'accept-encoding': all }))).headers.get('accept-encoding')).toBe(
      'identity',
    )
    expect((await sent({}, request({ ...range, 'accept-encoding': 'gzip' }))).headers.get('accept-encoding')).toBe(
      'gzip',
    )
    expect((await sent({ accept: 'auto' }, request(range))).headers.has('accept-encoding')).toBe(false)
  })
})

describe('answers', () => {
  const encoded = gzip.encode(hello)

  async function decoded(
    coding: string | readonly string[],
    body: Uint8Array = encoded,
    status = 200,
    method = 'GET',
  ): Promise<[HttpResponse, HttpResponse]> {
    const inner = respond({
      status,
      statusText: 'Fine',
      headers: { 'content-encoding': coding, 'content-length': body.byteLength, etag: '"1"' },
      body,
      url: 'http://decode.test/there',
    })
    return [await send(() => Promise.resolve(inner), {}, request({}, method)), inner]
  }

  test.each([
    ['gzip', encoded],
    ['GZip', encoded],
    ['x-gzip', encoded],
    ['X-GZIP, identity', encoded],
    [' , gzip ,,\t', encoded],
    [['gzip', 'identity', 'br'], br.encode(encoded)],
    [['gzip', 'br, zstd'], zstd.encode(br.encode(encoded))],
  ])('with the coding %j', async (coding, body) => {
    const [response, inner] = await decoded(coding, body)
    expect(response.headers.has('content-encoding')).toBe(false)
    expect(response.headers.has('content-length')).toBe(false)
    expect(response.headers.get('etag')).toBe('"1"')
    expect(response.headers).toBe(response.headers)
    expect(response.body).toBeInstanceOf(DecodedBody)
    expect(response).toMatchObject({ status: 200, statusText: 'Fine', httpVersion: '1.1', url: inner.url })
    expect(await response.trailers()).toBe(noHeaders)
    expect(Buffer.from(await response.body.bytes()).toString()).toBe('hello')
  })

  test('the codings are told in the order in which they were applied', async () => {
    const [{ body }] = await decoded('identity, X-Gzip, br', br.encode(encoded))
    expect(body instanceof DecodedBody && body.codings).toEqual(['gzip', 'br'])
  })

  test.each([
    ['an unknown coding', 'compress', 200, 'GET'],
    ['an unknown one among others', 'gzip, compress, gzip', 200, 'GET'],
    ['50 unknown ones', Array.from({ length: 50 }, () => 'x').join(), 200, 'GET'],
    ['no coding by name', 'identity', 200, 'GET'],
    ['an empty field', '', 200, 'GET'],
    ['a name of Object.prototype', 'constructor', 200, 'GET'],
    ['HEAD', 'gzip', 200, 'HEAD'],
    ['204', 'gzip', 204, 'GET'],
    ['304', 'gzip', 304, 'GET'],
    ['a part', 'gzip', 206, 'GET'],
  ])('%s: it comes as it is', async (_name, coding, status, method) => {
    const [response, inner] = await decoded(coding, encoded, status, method)
    expect(response).toBe(inner)
    expect(response.headers.get('content-encoding')).toBe(coding)
    expect(await response.body.bytes()).toBe(encoded)
  })

  test('without a coding, and with an announced nothing, too', async () => {
    for (const inner of [
      respond({ body: 'plain' }),
      respond({ headers: { 'content-encoding': 'gzip', 'content-length': '0' } }),
    ]) {
      expect(await send(() => Promise.resolve(inner))).toBe(inner)
    }
  })

  test.each([400, 404, 500, 503, 302])('of status %d are decoded, too', async (status) => {
    const [response] = await decoded('gzip', encoded, status)
    expect(Buffer.from(await response.body.bytes()).toString()).toBe('hello')
  })

  test('a short one in memory is decoded without a promise', async () => {
    const [{ body }] = await decoded('gzip')
    expect(Buffer.from(body.takeBuffered?.() ?? new Uint8Array()).toString()).toBe('hello')
    const streamed = await send(() =>
      Promise.resolve(answer({ headers: { 'content-encoding': 'gzip' }, body: new ChunkedBody([encoded]) })),
    )
    expect(streamed.body.takeBuffered?.()).toBeUndefined()
  })

  test('the encoded bytes can be tapped, each once', async () => {
    for (const [make, read] of [
      [() => new MemoryBody(encoded), 'bytes'],
      [() => new MemoryBody(encoded), 'stream'],
      [() => new ChunkedBody([encoded.subarray(0, 9), encoded.subarray(9)]), 'bytes'],
      [() => new ChunkedBody([encoded.subarray(0, 9), encoded.subarray(9)]), 'stream'],
    ] as const) {
      const { body } = await send(() =>
        Promise.resolve(answer({ headers: { 'content-encoding': 'gzip' }, body: make() })),
      )
      const tapped: Uint8Array[] = []
      if (!(body instanceof DecodedBody)) throw new Error('not decoded')
      body.onEncoded((chunk) => tapped.push(chunk))
      if (read === 'bytes') await body.bytes()
      else for await (const chunk of body.stream()) expect(chunk.byteLength).toBeGreaterThan(0)
      expect(Buffer.concat(tapped)).toEqual(encoded)
    }
  })

  test('also where the body cannot be decoded at once, and what a tap throws fails the reading', async () => {
    const cut = encoded.subarray(0, -1)
    const inner = respond({ headers: { 'content-encoding': 'gzip' }, body: cut })
    const { body } = await send(() => Promise.resolve(inner))
    if (!(body instanceof DecodedBody)) throw new Error('not decoded')
    const tapped: Uint8Array[] = []
    body.onEncoded((chunk) => tapped.push(chunk))
    await expect(body.bytes()).rejects.toThrow('is cut short')
    expect(Buffer.concat(tapped)).toEqual(Buffer.from(cut))

    const failure = new Error('the digest is wrong')
    const source = new ChunkedBody([encoded], 'never')
    const failing = await send(() => Promise.resolve(answer({ headers: { 'content-encoding': 'gzip' }, body: source })))
    if (!(failing.body instanceof DecodedBody)) throw new Error('not decoded')
    failing.body.onEncoded(() => {
      throw failure
    })
    await expect(failing.body.bytes()).rejects.toBe(failure)
    expect(source.left).toBe(true)
  })
})

describe('the contract', () => {
  const deflatable = httpRequest({
    method: 'POST',
    origin: 'http://conformance.test',
    path: '/',
    headers: noHeaders,
    body: textBody('x'.repeat(5000)),
  })

  test.each<[string, DecodeOptions]>([
    ['by default', {}],
    ['with everything', { accept: ['gzip'], request: 'gzip', maxDecodedBytes: 1000, maxRatio: 2, maxCodings: 1 }],
    ['without accept-encoding', { accept: false }],
  ])('is kept %s', async (_name, options) => {
    const callOptions = {
      compression: { accept: ['br'], request: 'zstd' },
      limits: { bodyBytes: 1000, decodedRatio: 10 },
    }
    for (const more of [{}, { request: deflatable }, { callOptions }]) {
      await expect(checkMiddleware(() => decodeContent(options), more)).resolves.toBeUndefined()
    }
  })

  test('the name, and the options of a call', async () => {
    const middleware = decodeContent()
    expect(middleware.name).toBe('decode-content')
    await using api = createPipeline({ transport: mockTransport({}), use: [middleware] })
    const options: Parameters<typeof api.get>[1] = { compression: { accept: false }, limits: { decodedRatio: 2 } }
    expect((await api.get('http://decode.test/', options)).status).toBe(200)
    // @ts-expect-error -- no such coding
    const wrong: Parameters<typeof api.get>[1] = { compression: { accept: ['lzma'] } }
    await expect(api.get('http://decode.test/', wrong)).rejects.toMatchObject({ code: 'config' })
  })
})

describe('wrong options', () => {
  test.each<[string, unknown, string]>([
    [
      'an unknown name',
      { maxRatios: 1 },
      'compression.maxRatios: expected one of accept, request, maxDecodedBytes, maxRatio, maxCodings, maxBufferedBytes, got "maxRatios"; did you mean \'maxRatio\'?',
    ],
    ['no object', 7, 'compression: expected an object'],
    ['an unknown coding', { accept: ['gzip', 'lzma'] }, 'compression.accept: expected'],
    ['no coding', { accept: [] }, 'compression.accept: expected'],
    ['a word', { accept: 'gzip' }, 'compression.accept: expected'],
    ['true', { accept: true }, 'compression.accept: expected'],
    ['a coding of requests', { request: 'deflate' }, "compression.request: expected 'gzip' or 'br' or 'zstd'"],
    ['a negative number', { maxDecodedBytes: -1 }, 'compression.maxDecodedBytes: expected an integer of at least 0'],
    ['a ratio under one', { maxRatio: 0.5 }, 'compression.maxRatio: expected a number of at least 1'],
    ['an endless ratio', { maxRatio: Infinity }, 'compression.maxRatio: expected'],
    ['no number', { maxCodings: '5' }, 'compression.maxCodings: expected'],
  ])('%s', async (_name, options, message) => {
    const wrong = options as DecodeOptions
    expect(() => decodeContent(wrong)).toThrow(expect.objectContaining({ code: 'config' }))
    expect(() => decodeContent(wrong)).toThrow(message)
    expect(() => acceptEncoding(wrong)).toThrow(message)
    // On a call it is an error before anything is sent, and a rejection as every other.
    let asked = 0
    const next = (): Promise<HttpResponse> => {
      asked += 1
      return Promise.resolve(respond())
    }
    await expect(send(next, {}, request(), newCall({ compression: options }))).rejects.toMatchObject({ code: 'config' })
    expect(asked).toBe(0)
  })

  test('of limits, and what is another’s', async () => {
    const next = (): Promise<HttpResponse> => Promise.resolve(respond())
    const call = (limits: unknown): Promise<HttpResponse> => send(next, {}, request(), newCall({ limits }))
    await expect(call({ bodyByte: 1 })).rejects.toThrow('limits.bodyByte: expected one of')
    await expect(call({ bodyBytes: -1 })).rejects.toThrow('limits.bodyBytes: expected')
    await expect(call({ decodedRatio: 0 })).rejects.toThrow('limits.decodedRatio: expected')
    await expect(call(1)).rejects.toThrow('limits: expected an object')
    expect((await call({ interimResponses: 3 })).status).toBe(200)
    await expect(send(next, {}, request(), newCall({ compression: { maxBufferedBytes: 1 } }))).rejects.toThrow(
      'compression.maxBufferedBytes: expected one of',
    )
  })

  test('what is undefined was not said', async () => {
    const options = { accept: undefined, request: undefined, maxRatio: undefined }
    expect(acceptEncoding(options)).toBe('zstd, br, gzip, deflate')
    expect(
      (await sent({}, request(), { compression: undefined, limits: undefined })).headers.get('accept-encoding'),
    ).toBe('zstd, br, gzip, deflate')
  })
})

test('a polluted Object.prototype changes nothing', async () => {
  const encoded = gzip.encode(hello)
  const poison: Record<string, unknown> = {
    compression: { accept: false, maxCodings: 0 },
    limits: { bodyBytes: 1, decodedRatio: 1 },
    accept: false,
    request: 'br',
    maxDecodedBytes: 1,
    maxRatio: 1,
    maxCodings: 0,
    maxBufferedBytes: 1,
    gzip: 'br',
    lzma: 'gzip',
    maxOutputLength: 1,
    chunkSize: 64,
    finishFlush: 2,
    windowBits: 9,
    dictionary: Buffer.from('x'),
    info: false,
  }
  for (const [name, value] of Object.entries(poison)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false })
  }
  try {
    const asked = await sent({}, request().with({ body: textBody('x'.repeat(5000)) }))
    expect(asked.headers.get('accept-encoding')).toBe('zstd, br, gzip, deflate')
    expect(asked.headers.has('content-encoding')).toBe(false)
    const response = await send(() =>
      Promise.resolve(respond({ headers: { 'content-encoding': 'gzip' }, body: encoded })),
    )
    expect(Buffer.from(await response.body.bytes()).toString()).toBe('hello')
    for (const body of [new MemoryBody(encoded.subarray(0, -1)), new ChunkedBody([encoded.subarray(0, -1)])]) {
      const cut = await send(() => Promise.resolve(answer({ headers: { 'content-encoding': 'gzip' }, body })))
      await expect(cut.body.bytes()).rejects.toThrow('is cut short')
    }
    const unknown = respond({ headers: { 'content-encoding': 'lzma' }, body: 'x' })
    expect(await send(() => Promise.resolve(unknown))).toBe(unknown)
  } finally {
    for (const name of Object.keys(poison)) Reflect.deleteProperty(Object.prototype, name)
  }
})

test('an answer that is not encoded costs a look at its headers', async () => {
  await using runtime = fakeRuntime()
  const looked: string[] = []
  const inner = respond({ body: 'x' })
  const watched: HttpResponse = new Proxy(inner, {
    get: (target, name) => {
      looked.push(String(name))
      return Reflect.get(target, name, target)
    },
  })
  const handler = decodeContent().wrap(() => Promise.resolve(watched), runtime)
  expect(await handler(request({ 'accept-encoding': 'zstd, br, gzip, deflate' }), newCall())).toBe(watched)
  expect(looked.filter((name) => name !== 'then')).toEqual(['headers'])
})
