import { eachProtocol, leakCheck, rawServer, type ServerHandler } from '@halyard/testing'
import { type } from 'arktype'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createClient, xml, type ResponsePromise } from '../../src/index.ts'
import { bodyOf, scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'
import { answer, clientOf, collect, jsonType, xmlType } from './kit/answers.ts'

const entries = '<feed><title>t</title><entry><n>1</n></entry><entry><n>2</n></entry></feed>'
const Entry = z.object({ n: z.number() })

describe('xml()', () => {
  const read = (body: string, contentType: string | undefined = xmlType, binding = {}) =>
    clientOf(answer(body, contentType), { binding }).get('/').xml()

  test.each([
    undefined,
    'application/xml',
    'text/xml; charset=utf-8',
    'Application/XML',
    'application/atom+xml',
    'application/problem+xml',
    'image/svg+xml',
    'application/vnd.x-y.z+xml; version=1',
  ])('takes %s', async (contentType) => {
    expect(await clientOf(answer('<a>1</a>', contentType)).get('/').xml()).toEqual({ a: '1' })
  })

  test.each(['text/html', 'application/json', 'text/plain', 'application/xhtml', 'application/xml-dtd', 'image/png'])(
    'refuses %s, naming both',
    async (contentType) => {
      for (const call of [
        () => read('<a/>', contentType),
        async () => (await clientOf(answer('<a/>', contentType)).get('/')).xml(z.any()),
        () => collect(clientOf(answer('<a/>', contentType)).get('/').xmlRecords('a/b')),
      ]) {
        const error = await rejection(call())
        expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', sent: 'yes' })
        expect(String(error)).toBe(
          `DecodeError: GET http://a.test/: the response (status 200) is ${contentType}; asked for XML`,
        )
      }
    },
  )

  test('with strict media types, none is refused', async () => {
    expect(
      await rejection(
        clientOf(answer('<a/>', undefined), { binding: { mediaTypes: 'strict' } })
          .get('/')
          .xml(),
      ),
    ).toMatchObject({ name: 'DecodeError', message: expect.stringContaining('no content type') })
    expect(await read('<a/>', 'application/a+xml', { mediaTypes: 'strict' })).toEqual({ a: '' })
  })

  test('gives the plain tree without a schema, the root element with the option root', async () => {
    const body = '<r a="1"><b>x</b><b/><c d="2">y</c></r>'
    const tree = { '@a': '1', b: ['x', ''], c: { '@d': '2', '#text': 'y' } }
    expect(await read(body)).toEqual({ r: tree })
    const api = clientOf(answer(body, xmlType))
    expect(await api.get('/').xml(undefined, { root: 'r' })).toEqual(tree)
    expect(await (await api.get('/')).xml(undefined, { root: 'r' })).toEqual(tree)
    expect(await rejection(api.get('/').xml(undefined, { root: 'other' }))).toMatchObject({
      name: 'DecodeError',
      message: expect.stringContaining('other'),
    })
  })

  test.each([
    ['<a>', 1, 4],
    ['<a></b>', 1, undefined],
    ['<a>\n<b c=1/></a>', 2, undefined],
    ['<a>&nope;</a>', 1, undefined],
    ['<a>\u0000</a>', 1, undefined],
    ['<a/><b/>', 1, undefined],
    ['text', 1, undefined],
  ])('refuses what is not well-formed, with its place: %j', async (body, line, column) => {
    const error = await rejection(read(body))
    expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', line, column: column ?? expect.any(Number) })
    expect(String(error)).toMatch(/GET http:\/\/a\.test\/: the response \(status 200\).*line \d+, column \d+/)
  })

  test('takes a DOCTYPE where that is asked for, by reader, call or client; never anything external', async () => {
    const body = '<!DOCTYPE r [<!ENTITY e "x">]><r>&e;&#65;</r>'
    const api = clientOf(answer(body, xmlType))
    expect(await rejection(api.get('/').xml())).toMatchObject({ name: 'DecodeError' })
    expect(await api.get('/').xml(undefined, { doctype: 'internal' })).toEqual({ r: 'xA' })
    expect(await api.get('/', { binding: { doctype: 'internal' } }).xml()).toEqual({ r: 'xA' })
    expect(
      await api
        .extend({ binding: { doctype: 'internal' } })
        .get('/')
        .xml(z.any()),
    ).toEqual({ r: 'xA' })
    expect(
      await rejection(api.get('/', { binding: { doctype: 'internal' } }).xml(undefined, { doctype: 'refuse' })),
    ).toMatchObject({ name: 'DecodeError' })
    const external = clientOf(answer('<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>', xmlType))
    expect(await rejection(external.get('/').xml(undefined, { doctype: 'internal' }))).toMatchObject({
      name: 'DecodeError',
    })
  })

  test('bounds what references expand to', async () => {
    const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'
      .split('')
      .map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghij'[at]};`.repeat(10)}">`)
      .join('')}]><r>&j;</r>`
    const references = `<r>${'&#65;'.repeat(100_000)}</r>`
    const deep = '<a>'.repeat(100_000)
    for (const body of [bomb, references, deep])
      expect(
        await rejection(clientOf(answer(body, xmlType)).get('/').xml(undefined, { doctype: 'internal' })),
      ).toMatchObject({ name: 'DecodeError' })
    const few = clientOf(answer('<r>&#65;&#66;</r>', xmlType))
    expect(await few.get('/').xml(undefined, { maxExpansions: 2 })).toEqual({ r: 'AB' })
    expect(await rejection(few.get('/').xml(undefined, { maxExpansions: 1 }))).toMatchObject({ name: 'DecodeError' })
  })

  test('strips namespaces where that is asked for', async () => {
    const api = clientOf(answer('<x:r xmlns:x="urn:x"><x:n>1</x:n></x:r>', xmlType))
    expect(await api.get('/').xml()).toEqual({ 'x:r': { '@xmlns:x': 'urn:x', 'x:n': '1' } })
    expect(await api.get('/').xml(Entry, { namespaces: 'strip', root: 'r' })).toEqual({ n: 1 })
    expect(await api.get('/', { binding: { namespaces: 'strip' } }).xml()).toEqual({ r: { n: '1' } })
  })

  test.each([
    ['of UTF-16', Buffer.from('\ufeff<a>ä</a>', 'utf16le'), xmlType],
    ['by charset', Buffer.from('<a>ä</a>', 'latin1'), 'text/xml; charset=iso-8859-1'],
    ['by declaration', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>ä</a>', 'latin1'), xmlType],
    ['with a mark', Buffer.from('\ufeff<a>ä</a>'), xmlType],
  ])('decodes bytes %s', async (_name, body, contentType) => {
    expect(await clientOf(answer(body, contentType)).get('/').xml()).toEqual({ a: 'ä' })
  })

  test('never lets a name reach a prototype', async () => {
    const bodies = [
      '<__proto__><polluted>1</polluted></__proto__>',
      '<r><__proto__><polluted>1</polluted></__proto__></r>',
      '<r __proto__="x"><constructor><prototype><polluted>1</polluted></prototype></constructor></r>',
      '<r><constructor>1</constructor><prototype>2</prototype><toString/></r>',
    ]
    for (const prototypeKeys of ['error', 'drop'] as const) {
      for (const body of bodies) {
        for (const schema of [undefined, z.looseObject({}), type('object')]) {
          const api = clientOf(answer(body, xmlType), { binding: { prototypeKeys } })
          for (const call of [
            () => (schema === undefined ? api.get('/').xml() : api.get('/').xml(schema)),
            () => collect(api.get('/').xmlRecords('r/constructor')),
          ]) {
            const value: unknown = await call().catch((error: unknown) => error)
            expect(Object.getPrototypeOf(Object(value))).not.toHaveProperty('polluted')
          }
        }
      }
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(await rejection(read(String(bodies[1])))).toMatchObject({ name: 'DecodeError' })
    expect(await read(String(bodies[1]), xmlType, { prototypeKeys: 'drop' })).toEqual({ r: {} })
    expect(await read(String(bodies[3]))).toEqual({ r: { constructor: '1', prototype: '2', toString: '' } })
  })

  test('counts bytes before it parses', async () => {
    const api = clientOf(answer('<a>12345</a>', xmlType))
    expect(await api.get('/', { binding: { maxBytes: 12 } }).xml()).toEqual({ a: '12345' })
    expect(await rejection(api.get('/', { binding: { maxBytes: 11 } }).xml())).toMatchObject({ code: 'too-large' })
  })
})

describe('the helper xml()', () => {
  const sent = async (body: unknown, options = {}): Promise<readonly [string | undefined, string]> => {
    let seen: readonly [string | undefined, string] = [undefined, '']
    await using set = await scene(async (request, response) => {
      seen = [request.headers['content-type'], (await bodyOf(request)).toString()]
      response.end()
    })
    await set.api.post('/', body, options).discard()
    return seen
  }

  test('writes and escapes, with its media type', async () => {
    expect(await sent(xml({ r: { '@a': '<"&\n', b: [1, true, 'x<&>]]>'], c: undefined, d: {} } }))).toEqual([
      'application/xml',
      expect.stringMatching(
        /^<\?xml version="1.0" encoding="UTF-8"\?><r a="&lt;&quot;&amp;&#(10|xA);"><b>1<\/b><b>true<\/b><b>x&lt;&amp;(>|&gt;)]](>|&gt;)<\/b><d\/><\/r>$/,
      ),
    ])
    expect(await sent(xml({ a: 1 }, { root: 'r', declaration: false, mediaType: 'application/a+xml' }))).toEqual([
      'application/a+xml',
      '<r><a>1</a></r>',
    ])
    expect(await sent(xml({ a: 1 }, { declaration: false }), { mediaType: 'text/xml' })).toEqual([
      'text/xml',
      '<a>1</a>',
    ])
  })

  test.each<[string, unknown, object]>([
    ['two roots', { a: 1, b: 2 }, {}],
    ['no root', {}, {}],
    ['a name that is none', { r: { 'a b': 1 } }, {}],
    ['a control character', { r: '\u0001' }, {}],
    ['a lone surrogate', { r: '\ud800' }, {}],
    ['lists of lists', { r: { a: [[1]] } }, {}],
    ['no number', { r: Number.NaN }, {}],
    ['an injection by a name', { r: { 'a><b': 1 } }, {}],
    ['an injection by an attribute', { r: { '@a="1" b': 1 } }, {}],
  ])('refuses %s, and sends nothing', async (_name, value, options) => {
    await using set = await scene((_request, response) => void response.end())
    const error = await rejection(set.api.post('/', xml(value, options)))
    expect(error).toMatchObject({ name: 'BodyError', code: 'encode', sent: 'no' })
    expect(set.server.requests).toBe(0)
  })

  test('refuses wrong options by name', async () => {
    const api = clientOf({})
    for (const options of [
      { root: 'a b' },
      { root: '' },
      { indent: -1 },
      { declaration: 'yes' },
      { mediaType: 5 },
      { namespaces: 5 },
    ]) {
      const [name] = Object.keys(options)
      const error = await rejection(api.post('/', xml({ a: 1 }, Object(options))))
      expect(error).toMatchObject({ name: 'ConfigError', option: expect.stringContaining(String(name)) })
    }
  })

  test('one that is never sent harms nobody', async () => {
    await using leaks = leakCheck()
    xml({ a: 1, b: 2 })
    xml({ r: '\u0001' })
    await turn()
    expect(await leaks.check()).toBeUndefined()
  })
})

describe.each(eachProtocol)('xmlRecords over $name', (protocol) => {
  /** A feed without an end at `/endless`, one of two entries elsewhere. */
  function feeds() {
    const state = { closed: 0 }
    const handler: ServerHandler = (request, response) => {
      response.on('close', () => void (state.closed += 1))
      response.writeHead(200, { 'content-type': request.url === '/html' ? 'text/html' : xmlType })
      if (request.url === '/short') {
        response.end(entries)
        return
      }
      response.write('<feed>')
      const more = (): void => {
        while (!response.destroyed && response.write('<entry><n>1</n></entry>'.repeat(1_000))) continue
      }
      response.on('drain', more)
      more()
    }
    return { state, handler }
  }

  test('gives records one after the other, bound where there is a schema', async () => {
    await using set = await scene(feeds().handler, {}, protocol)
    expect(await collect(set.api.get('/short').xmlRecords('feed/entry'))).toEqual([{ n: '1' }, { n: '2' }])
    expect(await collect(set.api.get('/short').xmlRecords('feed/entry', Entry))).toEqual([{ n: 1 }, { n: 2 }])
    const response = await set.api.get('/short')
    expect(await collect(response.xmlRecords('feed/entry/n', z.string()))).toEqual(['1', '2'])
    expect(await collect(set.api.get('/short').xmlRecords('feed/none'))).toEqual([])
    const asynchronous = Entry.refine(async ({ n }) => await Promise.resolve(n < 5))
    expect(await collect(set.api.get('/short').xmlRecords('feed/entry', asynchronous))).toEqual([{ n: 1 }, { n: 2 }])
  })

  test('left early lets the connection go', async () => {
    const { state, handler } = feeds()
    await using set = await scene(handler, { pool: { maxConnections: 1 } }, protocol)
    for (const [at, open] of [
      (call: ResponsePromise) => Promise.resolve(call.xmlRecords('feed/entry', Entry)),
      async (call: ResponsePromise) => (await call).xmlRecords('feed/entry', Entry),
    ].entries()) {
      for await (const record of await open(set.api.get('/endless'))) {
        expect(record).toEqual({ n: 1 })
        break
      }
      await expect.poll(() => state.closed, { interval: 5 }).toBe(at * 2 + 1)
      expect(await collect(set.api.get('/short').xmlRecords('feed/entry'))).toHaveLength(2)
      await expect.poll(() => state.closed, { interval: 5 }).toBe(at * 2 + 2)
    }
  })

  test('what is refused lets the connection go', async () => {
    const { state, handler } = feeds()
    await using set = await scene(handler, { pool: { maxConnections: 1 } }, protocol)
    const wrong = { maxExpansions: -1 }
    const refused: readonly (readonly [string, string, (call: ResponsePromise) => AsyncIterable<unknown>])[] = [
      ['ConfigError', '/endless', (call) => call.xmlRecords('feed entry')],
      ['ConfigError', '/endless', (call) => call.xmlRecords('')],
      ['ConfigError', '/endless', (call) => call.xmlRecords('feed/entry', Entry, wrong)],
      ['ConfigError', '/endless', (call) => call.xmlRecords('feed/entry', Object({}), {})],
      ['ConfigError', '/endless', (call) => call.xmlRecords('feed/entry', Entry, Object({ doctypee: 'refuse' }))],
      ['DecodeError', '/html', (call) => call.xmlRecords('feed/entry')],
      ['DecodeError', '/endless', (call) => call.xmlRecords('other/entry')],
      ['DecodeError', '/endless', (call) => call.xmlRecords('feed/entry', Entry, { maxBytes: 3 })],
      [
        'ValidationError',
        '/endless',
        (call) =>
          call.xmlRecords(
            'feed/entry',
            z.object({ n: z.boolean() }).refine(() => false),
          ),
      ],
    ]
    for (const [at, [name, path, read]] of refused.entries()) {
      expect([at, Object(await rejection(collect(read(set.api.get(path))))).name]).toEqual([at, name])
      await expect.poll(() => state.closed, { interval: 5 }).toBe(at + 1)
    }
    for (const [at, [name, path, read]] of refused.entries()) {
      const response: unknown = await set.api.get(path)
      expect(Object(await rejection(collect(read(response as ResponsePromise)))).name).toBe(name)
      await expect.poll(() => state.closed, { interval: 5 }).toBe(refused.length + at + 1)
    }
  })

  test('match and other readers that refuse let the connection go', async () => {
    const { state, handler } = feeds()
    await using set = await scene(handler, { pool: { maxConnections: 1 } }, protocol)
    const wrong: object = { teapot: null }
    const noSchema: object = { 200: 5 }
    const refused: readonly (readonly [string, (call: ResponsePromise) => Promise<unknown>])[] = [
      ['ConfigError', (call) => call.match(wrong)],
      ['ConfigError', (call) => call.match(noSchema)],
      ['DecodeError', (call) => call.match({ 200: { body: Entry, mediaType: jsonType } })],
      ['MissingHeaderError', (call) => call.match({ 200: { headers: z.object({ 'x-a': z.string() }) } })],
      ['StatusError', (call) => call.match({ 404: null })],
      ['BodyError', (call) => call.record(Entry)],
    ]
    for (const [at, [name, read]] of refused.entries()) {
      const call = set.api.get('/endless', { limits: { bodyBytes: 100_000 } })
      expect(Object(await rejection(read(call))).name).toBe(name)
      await expect.poll(() => state.closed, { interval: 5 }).toBe(at + 1)
    }
    await set.api.get('/endless').match({ 200: null })
    await expect.poll(() => state.closed, { interval: 5 }).toBe(refused.length + 1)
  })

  test('left while the next record is awaited lets the connection go', async () => {
    let closed = 0
    await using set = await scene(
      (_request, response) => {
        response.on('close', () => void (closed += 1))
        response.writeHead(200, { 'content-type': xmlType })
        response.write('<feed><entry><n>1</n></entry>')
      },
      {},
      protocol,
    )
    for (const [at, open] of [
      (call: ResponsePromise) => Promise.resolve(call.xmlRecords('feed/entry', Entry)),
      async (call: ResponsePromise) => (await call).xmlRecords('feed/entry', Entry),
    ].entries()) {
      const records = (await open(set.api.get('/')))[Symbol.asyncIterator]()
      expect(await records.next()).toEqual({ done: false, value: { n: 1 } })
      const next = rejection(records.next())
      expect(await records.return?.()).toEqual({ done: true, value: undefined })
      expect(await next).toMatchObject({ code: 'aborted' })
      await expect.poll(() => closed, { interval: 5 }).toBe(at + 1)
      expect(await records.next()).toEqual({ done: true, value: undefined })
    }
  })

  test('left before the head cancels the call', async () => {
    const closed: string[] = []
    await using set = await scene(
      (request, response) => void response.on('close', () => void closed.push(request.url)),
      {},
      protocol,
    )
    const records = set.api.get('/slow').xmlRecords('feed/entry')[Symbol.asyncIterator]()
    const first = records.next()
    await expect.poll(() => set.server.requests).toBe(1)
    expect(await records.return?.()).toEqual({ done: true, value: undefined })
    expect(await first).toEqual({ done: true, value: undefined })
    await expect.poll(() => closed).toEqual(['/slow'])
    // Before it was sent, it is not.
    const unsent = set.api.get('/unsent').xmlRecords('feed/entry')[Symbol.asyncIterator]()
    await unsent.return?.()
    expect(set.server.requests).toBe(1)
  })
})

describe('xmlRecords', () => {
  test('throws the status, the fault and its place where they are met', async () => {
    const seen: unknown[] = []
    const read = async (body: string, status = 200) => {
      seen.length = 0
      const api = clientOf(answer(body, xmlType, { status }))
      for await (const record of api.get('/').xmlRecords('feed/entry', Entry)) seen.push(record)
    }
    expect(await rejection(read(entries, 404))).toMatchObject({ status: 404 })
    const good = '<feed>\n<entry><n>1</n></entry>'
    expect(await rejection(read(`${good}<entry><n>x</n></entry></feed>`))).toMatchObject({
      name: 'ValidationError',
      issues: [{ path: [1, 'n'] }],
    })
    expect(seen).toEqual([{ n: 1 }])
    for (const rest of ['', '</wrong>', '<entry>', '</feed><feed/>', '<entry a="1" a="2"/></feed>'])
      expect(await rejection(read(good + rest))).toMatchObject({ name: 'DecodeError', line: 2 })
  })

  test('each is bound by the settings of client, call and reader', async () => {
    const closed = z.strictObject({ n: z.number(), gone: z.string().nullable() })
    const api = clientOf(answer('<feed><entry><n>1</n><extra/></entry></feed>', xmlType))
    const bound = [{ n: 1, gone: null }]
    expect(await rejection(collect(api.get('/').xmlRecords('feed/entry', closed)))).toMatchObject({
      name: 'ValidationError',
    })
    expect(await collect(api.get('/').xmlRecords('feed/entry', closed, { lax: true }))).toEqual(bound)
    expect(await collect(api.get('/', { binding: { lax: true } }).xmlRecords('feed/entry', closed))).toEqual(bound)
    expect(await collect(api.get('/', { binding: { validate: false } }).xmlRecords('feed/entry', closed))).toEqual([
      { n: 1, extra: '' },
    ])
    const long = clientOf(answer(`<feed>${'<x/>'.repeat(1_000)}<entry><n>1</n></entry></feed>`, xmlType))
    expect(await collect(long.get('/', { binding: { maxBytes: 100 } }).xmlRecords('feed/entry'))).toHaveLength(1)
    expect(
      await rejection(collect(long.get('/', { binding: { maxBytes: 10 } }).xmlRecords('feed/entry'))),
    ).toMatchObject({ code: 'too-large' })
  })

  test('of a feed cut at every byte end in an error, after the whole records', async () => {
    await using server = await rawServer(async (connection) => {
      await connection.receiveRequest()
      const head = `HTTP/1.1 200 OK\r\ncontent-type: ${xmlType}\r\ncontent-length: ${entries.length}\r\n\r\n`
      await connection.send(head + entries.slice(0, connection.index))
      await connection.end()
    })
    await using api = createClient(server.origin)
    for (let cut = 0; cut < entries.length; cut += 1) {
      const seen: unknown[] = []
      const read = async () => {
        for await (const record of api.post('/', 'x').xmlRecords('feed/entry', Entry)) seen.push(record)
      }
      expect(await rejection(read())).toMatchObject({ name: 'TransportError', receivedBytes: cut })
      expect([{ n: 1 }, { n: 2 }].slice(0, seen.length)).toEqual(seen)
    }
  })

  test('that nobody iterates rejects nowhere', async () => {
    await using leaks = leakCheck()
    clientOf(answer('x', xmlType, { status: 500 }))
      .get('/')
      .xmlRecords('a/b')
    await turn()
    expect(await leaks.check()).toBeUndefined()
  })
})
