import { gzipSync } from 'node:zlib'
import { abortListeners, eachProtocol, fakeClock, http2Server, rawServer, type RawConnection } from '@halyard/testing'
import { type } from 'arktype'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createClient, StatusError, type ResponsePromise, type Schema } from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'
import { answer, clientOf, collect, formType, jsonType, xmlType, type Answer, type Config } from './kit/answers.ts'

const Fault = z.object({ code: z.number(), why: z.string() })
const Rate = { headers: z.object({ 'x-rate': z.number().optional() }) }

/** Every reader of a value, and how it reads the document of its kind. */
const readers: Readonly<Record<string, (call: ResponsePromise) => Promise<unknown>>> = {
  'json()': (call) => call.json(),
  'json(schema)': (call) => call.json(Fault),
  'json with headers': (call) => call.json(Fault, Rate),
  'xml()': (call) => call.xml(),
  'xml(schema)': (call) => call.xml(Fault, { root: 'f' }),
  'form()': (call) => call.form(),
  'form(schema)': (call) => call.form(Fault),
  record: (call) => call.record(Fault),
  'match of none': (call) => call.match({ 200: Fault }),
  text: (call) => call.text(),
  bytes: (call) => call.bytes(),
  xmlRecords: (call) => collect(call.xmlRecords('f/code')),
}

async function failureOf(init: Answer, config: Config = {}, options = {}): Promise<StatusError> {
  const error = await rejection(clientOf(init, config).get('/p', options).json())
  if (error instanceof StatusError) return error
  throw new Error(`not a StatusError: ${String(error)}`)
}

const documents: readonly (readonly [string, string, string, unknown])[] = [
  ['json', jsonType, '{"code":7,"why":"gone"}', { code: 7, why: 'gone' }],
  ['problem+json', 'application/problem+json', '{"title":"gone"}', { title: 'gone' }],
  ['xml', xmlType, '<f><code>7</code><why>gone</why></f>', { f: { code: '7', why: 'gone' } }],
  ['problem+xml', 'application/problem+xml', '<problem><title>gone</title></problem>', { problem: { title: 'gone' } }],
  ['form', formType, 'code=7&why=gone', { code: '7', why: 'gone' }],
  ['html', 'text/html', '<h1>gone</h1>', '<h1>gone</h1>'],
  ['of no type', 'none', 'gone', 'gone'],
]

describe('a status', () => {
  test.each(documents)('decodes the body by its type: %s', async (_name, contentType, body, expected) => {
    expect((await failureOf(answer(body, contentType, { status: 404 }))).body).toEqual(expected)
  })

  test('has problem details of either format', async () => {
    const problem = { type: 'https://a.test/out', title: 'Out of credit', status: 403, detail: 'd', balance: 30 }
    const asJson = await failureOf(
      answer(JSON.stringify(problem), 'application/problem+json; charset=utf-8', { status: 500 }),
    )
    expect(asJson.problem).toEqual(problem)
    expect(asJson.problem?.title).toBe('Out of credit')
    const asXml = await failureOf(
      answer(
        '<?xml version="1.0"?><problem xmlns="urn:ietf:rfc:7807"><type>https://a.test/out</type>' +
          '<title xml:lang="en">Out of credit</title><status>403</status><detail>d</detail><balance>30</balance></problem>',
        'application/problem+xml',
        { status: 500 },
      ),
    )
    expect(asXml.problem).toEqual({ ...problem, balance: '30' })
    const plain = await failureOf(answer(JSON.stringify(problem), jsonType, { status: 500 }))
    expect([plain.problem, plain.body]).toEqual([undefined, problem])
  })

  test('shows the beginning of a page of HTML', async () => {
    const page = `<html><head><title>502 Bad Gateway</title></head><body>${'x'.repeat(10_000)}</body></html>`
    const init = answer(page, 'text/html', { status: 502 })
    const error = await failureOf(init)
    expect([error.status, error.body, error.excerpt]).toEqual([502, page, page.slice(0, 256)])
    expect((await failureOf(init, { binding: { excerptBytes: 20 } })).excerpt).toBe(page.slice(0, 20))
    expect((await failureOf(init, {}, { binding: { excerptBytes: 5 } })).excerpt).toBe('<html')
    expect((await failureOf(init, { binding: { excerptBytes: 0 } })).excerpt).toBe('')
    expect((await failureOf({ status: 502 })).excerpt).toBe('')
    expect(String(error)).toBe('RemoteServerError: GET http://a.test/p: 502')
  })

  test.each([
    ['UTF-8', 'text/plain', Buffer.from('ä€😀')],
    ['UTF-16', 'text/plain; charset=utf-16le', Buffer.from('ä€😀', 'utf16le')],
  ] as const)('shows whole characters of %s', async (_name, contentType, bytes) => {
    for (let excerptBytes = 0; excerptBytes <= bytes.length; excerptBytes += 1) {
      const { excerpt } = await failureOf(answer(bytes, contentType, { status: 500 }), { binding: { excerptBytes } })
      expect('ä€😀'.startsWith(excerpt)).toBe(true)
      expect(excerpt).not.toContain('\ufffd')
    }
  })

  test('is what every reader says of it', async () => {
    for (const read of Object.values(readers))
      for (const [, contentType, body] of documents)
        expect(await rejection(read(clientOf(answer(body, contentType, { status: 404 })).get('/')))).toMatchObject({
          name: 'ClientRequestError',
          status: 404,
        })
  })
})

describe('errorSchema', () => {
  test.each(documents.filter(([name]) => ['json', 'form'].includes(name)))(
    'binds the body of a failure: %s',
    async (_name, contentType, body) => {
      const init = answer(body, contentType, { status: 422 })
      const bound = { code: 7, why: 'gone' }
      expect(await failureOf(init, { errorSchema: Fault })).toMatchObject({ body: bound, issues: undefined })
      expect(await failureOf(init, {}, { errorSchema: Fault })).toMatchObject({ body: bound, issues: undefined })
      expect(
        await failureOf(init, { errorSchema: z.object({ no: z.string() }) }, { errorSchema: Fault }),
      ).toMatchObject({ body: bound })
      const asynchronous = Fault.transform(async ({ why }) => await Promise.resolve(why))
      expect(await failureOf(init, { errorSchema: asynchronous })).toMatchObject({ body: 'gone' })
      const extended = clientOf(init).extend({ errorSchema: Fault })
      expect(await rejection(extended.get('/').xml())).toMatchObject({ body: bound })
      expect(await rejection(clientOf(init, { errorSchema: Fault }).get('/').match({ 200: Fault }))).toMatchObject({
        body: bound,
      })
    },
  )

  test('of XML has the root element', async () => {
    const init = answer('<f><code>7</code><why>gone</why></f>', xmlType, { status: 500 })
    expect(await failureOf(init, { errorSchema: z.object({ f: Fault }) })).toMatchObject({
      body: { f: { code: 7, why: 'gone' } },
      issues: undefined,
    })
  })

  const failing = (validate: Schema['~standard']['validate']): Schema => ({
    '~standard': { version: 1, vendor: 'x', validate },
  })
  const throwing = failing(() => {
    throw new TypeError('broken schema')
  })
  const rejecting = failing(() => Promise.reject(new TypeError('broken schema')))
  test.each<[string, Answer, Schema, unknown]>([
    ['another record', answer('{"why":5}', jsonType, { status: 500 }), Fault, { why: 5 }],
    ['a page of HTML', answer('<p>', 'text/html', { status: 500 }), Fault, '<p>'],
    ['broken JSON', answer('{"code":', jsonType, { status: 500 }), Fault, '{"code":'],
    ['broken XML', answer('<a>', xmlType, { status: 500 }), Fault, '<a>'],
    ['a broken form', answer('a=%zz', formType, { status: 500 }), Fault, 'a=%zz'],
    ['keys of prototypes', answer('{"__proto__":1}', jsonType, { status: 500 }), Fault, '{"__proto__":1}'],
    ['no body', { status: 500 }, Fault, undefined],
    ['a schema that throws', answer('{}', jsonType, { status: 500 }), throwing, {}],
    ['one that rejects', answer('{}', jsonType, { status: 500 }), rejecting, {}],
  ])('that does not fit never hides the status: %s', async (_name, init, errorSchema, body) => {
    const error = await failureOf(init, { errorSchema })
    expect([error.status, error.body]).toEqual([500, body])
    expect(error.issues?.length).toBeGreaterThan(0)
    expect(error.message).toBe('GET http://a.test/p: 500')
  })
})

describe('secrets of the payload', () => {
  const secret = 'zqxj7wkv'.repeat(8)
  const quoting = type({ a: "'x'", b: "'x'", c: "'x'", d: "'x'" })
  const values = { a: secret, b: secret, c: secret, d: secret }
  const asXml = `<r>${Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</r>`
  const cases: readonly (readonly [string, Answer, (call: ResponsePromise) => Promise<unknown>])[] = [
    ['JSON that does not fit', answer(JSON.stringify(values), jsonType), (call) => call.json(quoting)],
    ['XML that does not fit', answer(asXml, xmlType), (call) => call.xml(quoting, { root: 'r' })],
    [
      'a form that does not fit',
      answer(new URLSearchParams(values).toString(), formType),
      (call) => call.form(quoting),
    ],
    ['a record that does not fit', answer(JSON.stringify(values), jsonType), (call) => call.record(quoting)],
    ['a case that does not fit', answer(JSON.stringify(values), jsonType), (call) => call.match({ 200: quoting })],
    ['records that do not fit', answer(`<f>${asXml}</f>`, xmlType), (call) => collect(call.xmlRecords('f/r', quoting))],
    ['broken JSON', answer(`{"a":"${secret}",}`, jsonType), (call) => call.json()],
    ['broken XML', answer(`<a>${secret}</b>`, xmlType), (call) => call.xml()],
    ['a broken form', answer(`a=${secret}%zz`, formType), (call) => call.form()],
    ['broken records', answer(`<f><r>${secret}</f>`, xmlType), (call) => collect(call.xmlRecords('f/r'))],
    ['JSON of another type', answer(secret, 'text/html'), (call) => call.json()],
    ['a failure', answer(secret, 'text/plain', { status: 500 }), (call) => call.json()],
    ['a failure that does not fit', answer(JSON.stringify(values), jsonType, { status: 500 }), (call) => call.json()],
  ]

  /** How many characters of secrets a text holds, in pieces of four or more. */
  function quoted(text: string): number {
    let count = 0
    for (let at = 0; at + 4 <= text.length; at += 1) if (secret.includes(text.slice(at, at + 4))) count += 1
    return count
  }

  test.each(cases)('%s', async (_name, init, read) => {
    for (const excerptBytes of [0, 8, 40, 100]) {
      const api = clientOf(init, { binding: { excerptBytes }, errorSchema: quoting })
      const error = await rejection(read(api.get('/')))
      expect(error).toBeInstanceOf(Error)
      const texts = [String(error), JSON.stringify(error), Object(error).message, String(Object(error).stack)]
      for (const text of texts) expect(quoted(text)).toBeLessThanOrEqual(excerptBytes)
      // What is quoted in pieces of an error is part of its message.
      const issues: unknown = Reflect.get(Object(error), 'issues')
      if (issues !== undefined) expect(quoted(JSON.stringify(issues))).toBeLessThanOrEqual(excerptBytes)
    }
  })

  test('the rule is said even where its quotation is cut', async () => {
    const read = (excerptBytes: number) =>
      rejection(
        clientOf(answer(JSON.stringify(values), jsonType), { binding: { excerptBytes } })
          .get('/')
          .json(quoting),
      )
    expect(String(await read(40))).toContain('a: a must be "x" (was "zqxj7wkv')
    expect(String(await read(40))).toContain('d: d must be "x" (was "…')
    expect(String(await read(1_000))).toContain(`d: d must be "x" (was "${secret}")`)
  })
})

/** A server of one answer on each connection, cut after some bytes of its body. */
function cutting(head: string, body: Uint8Array, sent: (connection: RawConnection) => number) {
  return rawServer(async (connection) => {
    await connection.receiveRequest()
    await connection.send(`${head}\r\n`)
    await connection.send(body.subarray(0, sent(connection)))
    await connection.end()
  })
}

describe('a 404 whose body is cut is the 404 still', () => {
  const framings: readonly (readonly [string, (contentType: string, body: string) => [string, Uint8Array]])[] = [
    [
      'by length',
      (contentType, body) => [
        `HTTP/1.1 404 No\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`,
        Buffer.from(body),
      ],
    ],
    [
      'in chunks',
      (contentType, body) => [
        `HTTP/1.1 404 No\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\n`,
        Buffer.from(`${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`),
      ],
    ],
    [
      'compressed',
      (contentType, body) => [
        `HTTP/1.1 404 No\r\ncontent-type: ${contentType}\r\ncontent-encoding: gzip\r\ncontent-length: ${gzipSync(body).length}\r\n`,
        gzipSync(body),
      ],
    ],
  ]
  describe.each(framings)('%s', (_framing, frame) => {
    test.each(documents)('%s', async (_name, contentType, body) => {
      const [head, bytes] = frame(contentType, body)
      await using server = await cutting(head, bytes, ({ index }) => Math.floor((bytes.length * index) / 12))
      await using api = createClient(server.origin, { errorSchema: Fault })
      for (const read of Object.values(readers))
        expect(await rejection(read(api.post('/', 'x')))).toMatchObject({ name: 'ClientRequestError', status: 404 })
      expect(server.totalConnections).toBe(Object.keys(readers).length)
    })
  })
})

describe('a body', () => {
  const kinds: readonly (readonly [string, string, string, unknown])[] = [
    ['json()', jsonType, '{"code":7,"why":"hä"}', { code: 7, why: 'hä' }],
    ['json(schema)', jsonType, '{"code":7,"why":"hä"}', { code: 7, why: 'hä' }],
    ['json with headers', jsonType, '{"code":7,"why":"x"}', { body: { code: 7, why: 'x' }, headers: { 'x-rate': 5 } }],
    ['json()', jsonType, '[1234567890]', [1234567890]],
    ['json()', jsonType, '12345', 12345],
    ['xml()', xmlType, '<f>h\u00e4<a/></f>\n', { f: { '#text': 'hä', a: '' } }],
    ['xml(schema)', xmlType, '<f><code>7</code><why>x</why></f>', { code: 7, why: 'x' }],
    ['form()', formType, 'code=7&why=h%C3%A4', { code: '7', why: 'hä' }],
    ['form(schema)', formType, 'code=7&why=xyz', { code: 7, why: 'xyz' }],
    ['record', jsonType, '{"code":7,"why":"x"}', { code: 7, why: 'x' }],
    ['record', formType, 'code=7&why=x', { code: 7, why: 'x' }],
    ['xmlRecords', xmlType, '<f><code>1</code><code>2</code></f>', ['1', '2']],
  ]
  const headOf = (contentType: string, body: string): string =>
    `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\nx-rate: 5\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`

  test.each(kinds)('cut at every byte is an error: %s of %s %s', async (reader, contentType, body) => {
    const bytes = Buffer.from(body)
    await using server = await cutting(headOf(contentType, body), bytes, ({ index }) => index)
    await using api = createClient(server.origin)
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const error = await rejection(readers[reader]?.(api.post('/', 'x')) ?? Promise.resolve())
      expect(error).toMatchObject({ name: 'TransportError', sent: 'yes', receivedBytes: cut })
    }
    expect(server.totalConnections).toBe(bytes.length)
  })

  test.each(kinds)('cut at every byte over HTTP/2 is an error: %s of %s %s', async (reader, contentType, body) => {
    const bytes = Buffer.from(body)
    await using set = await scene(
      (request, response) => {
        const [, cut, by] = request.url.split('/')
        response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length })
        const sent = bytes.subarray(0, Number(cut))
        if (by === 'end') response.end(sent)
        else response.write(sent, () => response.destroy())
      },
      {},
      { start: http2Server },
    )
    for (let cut = 0; cut < bytes.length; cut += 1) {
      for (const by of ['end', 'destroy']) {
        const error = await rejection(readers[reader]?.(set.api.post(`/${cut}/${by}`, 'x')) ?? Promise.resolve())
        expect([cut, by, error]).toMatchObject([cut, by, { name: 'TransportError' }])
      }
    }
  })

  test('match of a body cut at every byte is an error', async () => {
    const body = '{"code":7,"why":"x"}'
    await using server = await cutting(headOf(jsonType, body), Buffer.from(body), ({ index }) => index)
    await using api = createClient(server.origin)
    for (let cut = 0; cut < body.length; cut += 1)
      expect(await rejection(api.post('/', 'x').match({ 200: Fault }))).toMatchObject({ name: 'TransportError' })
  })

  test.each(kinds)('byte by byte is the same value: %s of %s %s', async (reader, contentType, body, expected) => {
    await using server = await rawServer(async (connection) => {
      for (;;) {
        await connection.receiveRequest()
        await connection.send(`${headOf(contentType, body)}\r\n`)
        await connection.sendSlowly(Buffer.from(body))
      }
    })
    await using api = createClient(server.origin)
    expect(await readers[reader]?.(api.get('/'))).toEqual(expected)
  })
})

/** Readers of a response whose body does not end. */
const waiting: Readonly<Record<string, (call: ResponsePromise) => Promise<unknown>>> = {
  'json()': async (call) => (await call).json(),
  'json(schema)': async (call) => (await call).json(Fault),
  'json with headers': async (call) => (await call).json(Fault, Rate),
  'xml()': async (call) => (await call).xml(),
  'form(schema)': async (call) => (await call).form(Fault),
  record: async (call) => (await call).record(Fault),
  match: async (call) => (await call).match({ 200: Fault }),
  xmlRecords: async (call) => collect((await call).xmlRecords('f/code')),
}

describe.each(eachProtocol)('a reader that waits over $name', (protocol) => {
  test.each(Object.entries(waiting))('is ended by an abort: %s', async (name, read) => {
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-type': name.startsWith('xml') ? xmlType : jsonType })
        response.write(name.startsWith('xml') ? '<f><code>1</code>' : '{"code":')
      },
      {},
      protocol,
    )
    const controller = new AbortController()
    const { signal } = controller
    const call = set.api.get('/', { signal })
    const failure = rejection(read(call))
    await call
    await turn()
    controller.abort()
    expect(await failure).toMatchObject({ name: 'AbortedError', code: 'aborted', sent: 'yes' })
    expect(abortListeners(signal)).toBe(0)
  })
})

describe('the total time', () => {
  const stalling = (contentType: string, beginning: string) =>
    rawServer(async (connection) => {
      await connection.receiveRequest()
      await connection.send(`HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\n\r\n${beginning}`)
      await connection.stall()
    })

  test.each(Object.entries(waiting).filter(([name]) => name !== 'xmlRecords'))(
    'covers the body: %s',
    async (name, read) => {
      await using server = await stalling(name.startsWith('xml') ? xmlType : jsonType, ' ')
      const clock = fakeClock()
      const api = createClient(server.origin, { clock, timeout: { totalMs: 500, idleMs: false } })
      const call = api.get('/')
      const failure = rejection(read(call))
      await call
      await clock.advance(1_000)
      expect(await failure).toMatchObject({ name: 'TimeoutError', phase: 'total', limitMs: 500 })
      await server.idle()
      await api.close()
    },
  )

  test.each(documents)(
    'ends a failure whose body stalls, which is the failure still: %s',
    async (_name, type, body) => {
      await using server = await rawServer(async (connection) => {
        await connection.receiveRequest()
        await connection.send(
          `HTTP/1.1 404 No\r\ncontent-type: ${type}\r\ncontent-length: 1000\r\n\r\n${body.slice(0, 5)}`,
        )
        await connection.stall()
      })
      const clock = fakeClock()
      const api = createClient(server.origin, { clock, timeout: { totalMs: 500, idleMs: false }, errorSchema: Fault })
      for (const read of Object.values(readers)) {
        const failure = rejection(read(api.get('/')))
        const seen = server.requests + 1
        await expect.poll(() => server.requests, { interval: 1 }).toBe(seen)
        await expect.poll(() => clock.pending, { interval: 1 }).toBeGreaterThan(0)
        let settled = false
        void failure.then(() => (settled = true))
        while (!settled) await clock.advance(100)
        expect(await failure).toMatchObject({ name: 'ClientRequestError', status: 404, excerpt: body.slice(0, 5) })
        await server.idle()
      }
      await api.close()
    },
  )

  /** Two records, the second of which comes when it is let. */
  async function feed(timeout: number | undefined) {
    const second = Promise.withResolvers<void>()
    const server = await rawServer(async (connection) => {
      await connection.receiveRequest()
      await connection.send(`HTTP/1.1 200 OK\r\ncontent-type: ${xmlType}\r\nconnection: close\r\n\r\n<f><e>1</e>`)
      await second.promise
      await connection.send('<e>2</e></f>')
      await connection.end()
    })
    const clock = fakeClock()
    const api = createClient(server.origin, { clock, timeout: { totalMs: 500, idleMs: false } })
    const options = timeout === undefined ? {} : { timeout }
    return { second, server, clock, api, options }
  }

  test('is lifted for xmlRecords, of the promise and of the response', async () => {
    for (const open of [
      (call: ResponsePromise) => Promise.resolve(call.xmlRecords('f/e', z.number())),
      async (call: ResponsePromise) => (await call).xmlRecords('f/e', z.number()),
    ]) {
      const { second, server, clock, api, options } = await feed(undefined)
      const records = (await open(api.get('/', options)))[Symbol.asyncIterator]()
      expect(await records.next()).toEqual({ done: false, value: 1 })
      const next = records.next()
      await clock.advance(100_000)
      second.resolve()
      expect(await next).toEqual({ done: false, value: 2 })
      expect(await records.next()).toEqual({ done: true, value: undefined })
      await api.close()
      await server.close()
    }
  })

  test('of the call itself holds for xmlRecords, too', async () => {
    const { server, clock, api, options } = await feed(700)
    const records = api.get('/', options).xmlRecords('f/e')[Symbol.asyncIterator]()
    expect(await records.next()).toEqual({ done: false, value: '1' })
    const next = rejection(records.next())
    await clock.advance(1_000)
    expect(await next).toMatchObject({ name: 'TimeoutError', phase: 'total', limitMs: 700 })
    await api.destroy()
    await server.close()
  })
})
