import { eachProtocol, type ServerHandler } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { json, type ResponsePromise, type Schema } from '../../src/index.ts'
import { bodyOf, scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'
import { answer, clientOf, collect, formType, jsonType, xmlType, type Answer } from './kit/answers.ts'

describe.each(eachProtocol)('no body over $name', (protocol) => {
  const answers: ServerHandler = (request, response) => {
    const status = Number(request.url.slice(1).split('/')[0])
    response.writeHead(status, { 'content-type': request.url.split('/').slice(2).join('/') || 'text/html' })
    response.end()
  }
  type Read = (call: ResponsePromise, schema: Schema) => Promise<unknown>
  const readers: Readonly<Record<string, Read>> = {
    json: (call, schema) => call.json(schema),
    xml: (call, schema) => call.xml(schema),
    'xml with a root': (call, schema) => call.xml(schema, { root: 'r' }),
    form: (call, schema) => call.form(schema),
    record: (call, schema) => call.record(schema),
    'json with headers': async (call, schema) => {
      const { body } = await call.json(schema, { headers: z.object({}) })
      return body
    },
    match: async (call, schema) => {
      const { body } = await call.match({ '2xx': schema, '3xx': schema })
      return body
    },
    'json of a response': async (call, schema) => (await call).json(schema),
    'record of a response': async (call, schema) => (await call).record(schema),
  }
  const record = z.object({ a: z.string() })
  const outcomes: readonly (readonly [string, Schema, unknown])[] = [
    ['takes undefined', record.optional(), undefined],
    ['takes both', record.nullish(), undefined],
    ['takes null', record.nullable(), null],
    ['takes null alone', z.null(), null],
    ['takes undefined, asynchronously', record.optional().refine(async () => await Promise.resolve(true)), undefined],
    ['takes null, asynchronously', record.nullable().refine(async () => await Promise.resolve(true)), null],
    ['has a default', record.default({ a: 'x' }), { a: 'x' }],
    ['takes undefined, of valibot', v.optional(v.object({})), undefined],
    ['takes null, of arktype', type('object | null'), null],
    ['takes neither', record, 'no-content'],
    ['takes neither, of valibot', v.object({}), 'no-content'],
    ['takes neither, asynchronously', record.refine(async () => await Promise.resolve(true)), 'no-content'],
    ['is a list', z.array(z.string()), 'no-content'],
    ['is text', z.string(), 'no-content'],
  ]

  test.each(Object.entries(readers))('%s', async (_name, read) => {
    await using set = await scene(answers, {}, protocol)
    for (const path of ['/200/application/json', '/200/text/html', '/204', '/205', '/304/application/xml', 'HEAD']) {
      const call = () => (path === 'HEAD' ? set.api.head('/200/application/json') : set.api.get(path))
      for (const [name, schema, expected] of outcomes) {
        const outcome: unknown = await read(call(), schema).catch((error: unknown) => error)
        if (expected === 'no-content')
          expect([path, name, outcome]).toMatchObject([
            path,
            name,
            { name: 'BodyError', code: 'no-content', sent: 'yes' },
          ])
        else expect([path, name, outcome]).toEqual([path, name, expected])
      }
    }
  })

  test('readers without a schema give undefined, bytes and text what is empty', async () => {
    await using set = await scene(answers, {}, protocol)
    for (const path of ['/200/image/png', '/204', '/205', '/304']) {
      expect(await set.api.get(path).json()).toBeUndefined()
      expect(await set.api.get(path).xml()).toBeUndefined()
      expect(await set.api.get(path).form()).toBeUndefined()
      expect(await (await set.api.get(path)).xml(undefined, { root: 'r' })).toBeUndefined()
      expect(await set.api.get(path).text()).toBe('')
      expect(await set.api.get(path).bytes()).toEqual(new Uint8Array())
    }
    expect(await set.api.head('/404').catch((error: unknown) => error)).toMatchObject({ status: 404 })
    expect(await rejection(set.api.head('/404').json(record))).toMatchObject({ status: 404, body: undefined })
  })
})

describe('accept follows the reader', () => {
  const reads: readonly (readonly [string, (call: ResponsePromise) => Promise<unknown>, string])[] = [
    ['json', (call) => call.json(), 'application/json'],
    ['json with a schema', (call) => call.json(z.any()), 'application/json'],
    ['xml', (call) => call.xml(), 'application/xml, text/xml;q=0.9'],
    ['xmlRecords', (call) => collect(call.xmlRecords('a/b')), 'application/xml, text/xml;q=0.9'],
    ['form', (call) => call.form(), formType],
    [
      'record',
      (call) => call.record(z.any()),
      'application/json, application/xml;q=0.9, text/xml;q=0.8, application/x-www-form-urlencoded;q=0.7',
    ],
    [
      'match',
      (call) => call.match({ default: null }),
      'application/json, application/xml;q=0.9, text/xml;q=0.8, application/x-www-form-urlencoded;q=0.7',
    ],
    ['text', (call) => call.text(), 'text/plain, text/*;q=0.9, */*;q=0.8'],
    ['bytes', (call) => call.bytes(), '*/*'],
    ['none', async (call) => await call, '*/*'],
  ]
  test.each(reads)('%s', async (_name, read, expected) => {
    const seen: unknown[] = []
    await using set = await scene((request, response) => {
      seen.push(request.headers.accept)
      response.statusCode = 404
      response.end()
    })
    const settled = (call: ResponsePromise) => read(call).catch(() => undefined)
    await settled(set.api.get('/'))
    await settled(set.api.post('/', json({ a: 1 })))
    await settled(set.api.get('/', { accept: 'a/b' }))
    await settled(set.api.get('/', { headers: { accept: 'c/d' } }))
    expect(seen).toEqual([expected, expected, 'a/b', 'c/d'])
  })
})

describe('media types of json()', () => {
  const Any = z.looseObject({})

  test.each([
    [undefined, true],
    ['application/json', true],
    ['application/vnd.a+json; charset=utf-8', true],
    ['application/problem+json', true],
    ['text/json', true],
    ['text/plain', true],
    ['text/html', false],
    ['text/html; charset=utf-8', false],
    ['application/xml', false],
    ['application/octet-stream', false],
    [formType, false],
  ])('%s', async (contentType, fits) => {
    const api = clientOf(answer('{"a":1}', contentType))
    for (const call of [
      () => api.get('/').json(),
      () => api.get('/').json(Any),
      async () => (await api.get('/')).json(Any),
    ]) {
      if (fits) {
        expect(await call()).toEqual({ a: 1 })
        continue
      }
      const error = await rejection(call())
      expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', sent: 'yes' })
      expect(String(error)).toContain(`is ${contentType}; asked for JSON`)
    }
  })

  test('strict takes JSON types alone, by client or call', async () => {
    const strict = { binding: { mediaTypes: 'strict' } } as const
    for (const contentType of [undefined, 'text/plain', 'text/html']) {
      const init = answer('{"a":1}', contentType)
      expect(await rejection(clientOf(init, strict).get('/').json())).toMatchObject({ name: 'DecodeError' })
      expect(await rejection(clientOf(init).get('/', strict).json(Any))).toMatchObject({ name: 'DecodeError' })
      expect(await rejection(clientOf(init).get('/', strict).record(Any))).toMatchObject({ name: 'DecodeError' })
    }
    for (const contentType of [jsonType, 'application/hal+json', 'application/json; charset=utf-8'])
      expect(await clientOf(answer('{"a":1}', contentType), strict).get('/').json(Any)).toEqual({ a: 1 })
    const lenient = { binding: { mediaTypes: 'lenient' } } as const
    expect(await clientOf(answer('1', 'text/plain'), strict).get('/', lenient).json()).toBe(1)
  })

  test('text/plain that is no JSON names the type', async () => {
    const error = await rejection(clientOf(answer('Service down', 'text/plain')).get('/').json())
    expect(error).toMatchObject({ name: 'DecodeError', line: 1, column: 1 })
    expect(String(error)).toMatch(/not JSON.*content type.*near "Service down"/)
  })

  test.each<[string, Answer, Schema, RegExp]>([
    ['html for a record', answer('<p>', 'text/html'), Any, /text\/html.*a record/],
    ['text for a record', answer('hello', 'text/plain'), Any, /text\/plain.*a record/],
    ['an image', answer('x', 'image/png'), Any, /image\/png.*a record/],
    ['bytes for a record', answer('x', 'application/octet-stream'), Any, /octet-stream.*a record/],
    ['text for a list', answer('x', 'text/plain'), z.array(z.string()), /text\/plain.*a list/],
    ['a form for a list', answer('a=1', formType), z.array(z.string()), /x-www-form-urlencoded.*a list/],
    ['xml for text', answer('<a>x</a>', xmlType), z.string(), /application\/xml.*text/],
  ])('record refuses a combination that makes no sense: %s', async (_name, init, schema, words) => {
    const error = await rejection(clientOf(init).get('/').record(schema))
    expect(error).toMatchObject({ name: 'DecodeError', code: 'decode' })
    expect(String(error)).toMatch(words)
  })

  test('record takes text for text, and bytes for a schema that says nothing of itself', async () => {
    expect(await clientOf(answer('hä', 'text/plain; charset=utf-8')).get('/').record(z.string())).toBe('hä')
    expect(
      await clientOf(answer('a', 'text/plain'))
        .get('/')
        .record(z.enum(['a', 'b'])),
    ).toBe('a')
    const bytes = v.instance(Uint8Array)
    expect(await clientOf(answer('ab', 'application/octet-stream')).get('/').record(bytes)).toHaveLength(2)
  })
})

describe('numbers', () => {
  const body = '{"big":9007199254740993,"huge":123456789012345678901234567890,"small":5,"price":1.10,"exp":1e2}'
  const lossless = { binding: { numbers: 'lossless' } } as const

  test('are doubles, and without loss where that is asked for', async () => {
    const api = clientOf(answer(body, jsonType))
    expect(await api.get('/').json()).toMatchObject({ big: 9007199254740992, small: 5, price: 1.1 })
    expect(await api.get('/', lossless).json()).toEqual({
      big: 9007199254740993n,
      huge: 123456789012345678901234567890n,
      small: 5,
      price: 1.1,
      exp: 100,
    })
    const exact = { binding: { numbers: 'lossless', decimals: 'text' } } as const
    expect(await api.get('/', exact).json()).toMatchObject({ small: 5, price: '1.10', exp: '1e2' })
    const Money = z.object({ big: z.bigint(), small: z.bigint(), price: z.string() })
    expect(await clientOf(answer(body, jsonType), exact).get('/').json(Money)).toEqual({
      big: 9007199254740993n,
      small: 5n,
      price: '1.10',
    })
  })

  test('are sent without loss', async () => {
    let seen = ''
    await using set = await scene(async (request, response) => {
      seen = (await bodyOf(request)).toString()
      response.end()
    })
    await set.api.post('/', json({ big: 2n ** 64n, at: new Date(0), no: undefined })).discard()
    expect(seen).toBe('{"big":18446744073709551616,"at":"1970-01-01T00:00:00.000Z"}')
    await set.api.post('/', { big: 2n ** 64n }).discard()
    expect(seen).toBe('{"big":18446744073709551616}')
  })

  test.each<[string, unknown]>([
    ['NaN', { a: Number.NaN }],
    ['an infinity', [Infinity]],
    ['a Map', { a: new Map([[1, 2]]) }],
    ['undefined in a list', [undefined]],
    ['undefined', undefined],
    ['a function', () => 1],
    ['a promise', { a: Promise.resolve(1) }],
  ])('what JSON cannot hold is refused, and not sent: %s', async (_name, value) => {
    await using set = await scene((_request, response) => void response.end())
    expect(await rejection(set.api.post('/', json(value)))).toMatchObject({
      name: 'BodyError',
      code: 'encode',
      sent: 'no',
    })
    expect(set.server.requests).toBe(0)
  })
})

describe('bytes', () => {
  test.each([
    ['a mark of UTF-8', Buffer.from('\ufeff{"a":"ä"}'), jsonType],
    ['UTF-16 with a mark', Buffer.from('\ufeff{"a":"ä"}', 'utf16le'), jsonType],
    ['UTF-16 by charset', Buffer.from('{"a":"ä"}', 'utf16le'), 'application/json; charset=utf-16le'],
    ['latin1 by charset', Buffer.from('{"a":"ä"}', 'latin1'), 'application/json; charset=iso-8859-1'],
  ])('in %s', async (_name, body, contentType) => {
    const schema = z.object({ a: z.string() })
    expect(await clientOf(answer(body, contentType)).get('/').json(schema)).toEqual({ a: 'ä' })
    expect(await clientOf(answer(body, contentType)).get('/').record(schema)).toEqual({ a: 'ä' })
  })

  test('that are no UTF-8, and beyond the limit, are refused', async () => {
    const invalid = clientOf(answer(new Uint8Array([0x22, 0xff, 0x22]), jsonType))
    expect(await rejection(invalid.get('/').json())).toMatchObject({ name: 'DecodeError', code: 'decode' })
    const api = clientOf(answer('{"a":1}', jsonType))
    expect(await api.get('/', { binding: { maxBytes: 7 } }).json()).toEqual({ a: 1 })
    for (const read of [
      (call: ResponsePromise) => call.json(),
      (call: ResponsePromise) => call.record(z.any()),
      (call: ResponsePromise) => call.match({ 200: z.any() }),
    ])
      expect(await rejection(read(api.get('/', { binding: { maxBytes: 6 } })))).toMatchObject({
        name: 'DecodeError',
        code: 'too-large',
      })
  })
})

describe('keys of prototypes', () => {
  const bodies = [
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"__proto__":{"polluted":1}}]}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    String.raw`{"\u005f_proto__":{"polluted":1}}`,
  ]

  test.each(bodies)('%s', async (body) => {
    for (const prototypeKeys of ['error', 'drop'] as const) {
      for (const numbers of ['double', 'lossless'] as const) {
        const api = clientOf(answer(body, jsonType), { binding: { prototypeKeys, numbers, lax: true } })
        for (const schema of [z.looseObject({}), z.record(z.string(), z.any()), v.looseObject({}), type('object')]) {
          for (const call of [
            () => api.get('/').json(),
            () => api.get('/').json(schema),
            () => api.get('/').record(schema),
          ]) {
            const value: unknown = await call().catch((error: unknown) => error)
            if (prototypeKeys === 'error') expect(value).toMatchObject({ name: 'DecodeError', code: 'decode' })
            else expect(Reflect.get(Object.assign({}, value), 'polluted')).toBeUndefined()
          }
        }
      }
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('a constructor that is plain data is data', async () => {
    expect(await clientOf(answer('{"constructor":"x"}', jsonType)).get('/').json()).toEqual({ constructor: 'x' })
  })
})
