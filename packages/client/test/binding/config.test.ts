import { mockTransport } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createClient, form, json, StatusError, xml, type Schema } from '../../src/index.ts'
import { rejection, thrown } from '../support/thrown.ts'
import { answer, clientOf, collect, formType, jsonType, xmlType, type Answer, type Config } from './kit/answers.ts'

/** Anything, where a value of a type is wanted: what untyped callers give. */
const untyped = (value: unknown): object => Object(value)

const wrong: readonly (readonly [string, unknown])[] = [
  ['validate', 'no'],
  ['lax', 1],
  ['numbers', 'bigint'],
  ['decimals', 'string'],
  ['excerptBytes', -1],
  ['excerptBytes', 1.5],
  ['excerptBytes', Number.NaN],
  ['excerptBytes', '10'],
  ['maxBytes', -1],
  ['maxBytes', Infinity],
  ['maxDepth', 0],
  ['mediaTypes', 'loose'],
  ['prototypeKeys', 'keep'],
  ['doctype', 'external'],
  ['namespaces', 'resolve'],
  ['maxExpansions', -1],
  ['maxFields', 2.5],
  ['maxNameLength', null],
]

/** What clients and calls both take. */
type Shared = Pick<Config, 'binding' | 'errorSchema'>

describe('binding', () => {
  test.each(wrong)('%s: %j is refused, by client, call and extension', async (name, value) => {
    const config: Shared = { binding: untyped({ [name]: value }) }
    const expected = { name: 'ConfigError', code: 'config', option: `binding.${name}` }
    expect(thrown(() => createClient('http://a.test', config))).toMatchObject(expected)
    expect(thrown(() => clientOf({}).extend(config))).toMatchObject(expected)
    const api = clientOf(answer('{}', jsonType))
    for (const call of [
      () => api.get('/', config),
      () => api.get('/', config).json(),
      () => api.post('/', {}, config).match({ default: null }),
      () => collect(api.get('/', config).xmlRecords('a')),
    ])
      expect(await rejection(call())).toMatchObject({ ...expected, sent: 'no' })
  })

  test.each([[[]], [null], [5], ['lax'], [true], [new Map()]])('%j is no binding', async (binding) => {
    const expected = { name: 'ConfigError', option: 'binding' }
    const config: Shared = untyped({ binding })
    expect(thrown(() => createClient('http://a.test', config))).toMatchObject(expected)
    expect(thrown(() => clientOf({}).extend(config))).toMatchObject(expected)
    expect(await rejection(clientOf({}).get('/', config))).toMatchObject({ ...expected, sent: 'no' })
  })

  test.each([
    ['laxx', 'lax'],
    ['validation', 'validate'],
    ['excerptbytes', 'excerptBytes'],
    ['maxbytes', 'maxBytes'],
    ['mediaType', 'mediaTypes'],
    ['prototypeKey', 'prototypeKeys'],
    ['docType', 'doctype'],
    ['namespace', 'namespaces'],
  ])('an unknown name is refused, with the nearest known: %s', async (name, nearest) => {
    const config: Shared = { binding: untyped({ [name]: true }) }
    const expected = {
      name: 'ConfigError',
      option: `binding.${name}`,
      message: expect.stringContaining(`'${nearest}'`),
    }
    expect(thrown(() => createClient('http://a.test', config))).toMatchObject(expected)
    expect(await rejection(clientOf({}).get('/', config))).toMatchObject({ ...expected, sent: 'no' })
  })

  test('root is of a reader, not of a client', () => {
    expect(thrown(() => createClient('http://a.test', { binding: untyped({ root: 'r' }) }))).toMatchObject({
      option: 'binding.root',
    })
  })

  test('what is undefined says nothing', async () => {
    const init = answer('{"a":null}', jsonType)
    const schema = z.object({ a: z.string().optional() })
    const lax = clientOf(init, { binding: { lax: true, validate: undefined } })
    expect(await lax.get('/', { binding: { lax: undefined, excerptBytes: undefined } }).json(schema)).toEqual({})
    expect(await lax.get('/', { binding: undefined, errorSchema: undefined }).json(schema)).toEqual({})
    expect(
      await lax
        .extend({ binding: { lax: undefined } })
        .get('/')
        .json(schema),
    ).toEqual({})
    expect(await lax.extend({}).get('/').json(schema)).toEqual({})
  })

  test('a call adds to what the client says', async () => {
    const api = clientOf(answer('{"a":9007199254740993}', 'text/html'), { binding: { numbers: 'lossless' } })
    const init = answer('{"a":9007199254740993,"b":1}', jsonType)
    expect(
      await clientOf(init, { binding: { numbers: 'lossless' } })
        .get('/', { binding: { lax: true } })
        .json(z.strictObject({ a: z.bigint() })),
    ).toEqual({ a: 9007199254740993n })
    expect(await rejection(api.get('/').json())).toMatchObject({ name: 'DecodeError' })
  })

  test('options that a caller changes later change nothing of the client', async () => {
    const binding: { lax: boolean } = { lax: true }
    const api = clientOf(answer('{"a":1,"b":2}', jsonType), { binding })
    binding.lax = false
    expect(await api.get('/').json(z.strictObject({ a: z.number() }))).toEqual({ a: 1 })
  })
})

describe('a schema that is none', () => {
  const none: readonly unknown[] = [
    {},
    5,
    'user',
    true,
    null,
    [],
    { '~standard': null },
    { '~standard': {} },
    { '~standard': { validate: 5 } },
    () => true,
  ]

  test.each(none.map((schema) => [schema]))('is refused at construction and of a call: %j', async (errorSchema) => {
    const config: Shared = untyped({ errorSchema })
    const expected = { name: 'ConfigError', code: 'config', option: 'errorSchema' }
    expect(thrown(() => createClient('http://a.test', config))).toMatchObject(expected)
    expect(thrown(() => clientOf({}).extend(config))).toMatchObject(expected)
    expect(await rejection(clientOf({}).get('/', config))).toMatchObject({ ...expected, sent: 'no' })
  })

  test.each(none.map((schema) => [schema]))('is refused by every reader: %j', async (value) => {
    const schema = value as Schema
    const asJson = clientOf(answer('{"a":1}', jsonType))
    const asXml = clientOf(answer('<a><b>1</b></a>', xmlType))
    const asForm = clientOf(answer('a=1', formType))
    const good = z.any()
    for (const call of [
      () => asJson.get('/').json(schema),
      async () => (await asJson.get('/')).json(schema),
      () => asXml.get('/').xml(schema),
      () => asForm.get('/').form(schema),
      () => asJson.get('/').record(schema),
      () => collect(asXml.get('/').xmlRecords('a/b', schema)),
      async () => collect((await asXml.get('/')).xmlRecords('a/b', schema)),
      () => asJson.get('/').json(good, { headers: schema }),
      () => asXml.get('/').xml(good, { headers: schema }),
      () => asForm.get('/').record(good, { headers: schema }),
      () => clientOf({ status: 204 }).get('/').json(schema),
    ])
      expect(await rejection(call())).toMatchObject({ name: 'ConfigError', code: 'config' })
  })

  test('is refused by the helpers, and nothing is sent', async () => {
    const api = clientOf({})
    for (const value of [{}, 5, null, 'x']) {
      const options = { schema: value as Schema }
      for (const body of [json({}, options), xml({ a: 1 }, options), form({}, options)])
        expect(await rejection(api.post('/', body))).toMatchObject({ name: 'ConfigError', option: 'schema' })
    }
  })

  test('schemas that are functions are schemas', async () => {
    const schema = type({ a: 'number' })
    expect(typeof schema).toBe('function')
    expect(await clientOf(answer('{"a":1}', jsonType), { errorSchema: schema }).get('/').json(schema)).toEqual({ a: 1 })
    expect(await clientOf(answer('{"a":1}', jsonType), { errorSchema: v.any() }).get('/').json(v.any())).toEqual({
      a: 1,
    })
  })
})

describe('options of readers', () => {
  const Any = z.any()
  test.each<[string, unknown]>([
    ['an unknown name', { header: z.object({}) }],
    ['another unknown name', { rot: 'r' }],
    ['what is of binding', { lax: true }],
    ['root', { root: 5 }],
    ['doctype', { doctype: 'external' }],
    ['namespaces', { namespaces: true }],
    ['maxExpansions', { maxExpansions: -1 }],
    ['null', null],
    ['a number', 5],
    ['a list', []],
  ])('are refused: %s', async (_name, given) => {
    const options = given as { root?: string }
    const api = clientOf(answer('<r/>', xmlType))
    for (const call of [
      () => api.get('/').xml(Any, options),
      async () => (await api.get('/')).xml(Any, options),
      () => api.get('/').xml(undefined, options),
      () => api.get('/').record(Any, options),
    ])
      expect(await rejection(call())).toMatchObject({ name: 'ConfigError', code: 'config' })
  })

  test.each<[string, unknown]>([
    ['an unknown name', { doctypee: 'refuse' }],
    ['root', { root: 'r' }],
    ['excerptBytes', { excerptBytes: -1 }],
    ['maxDepth', { maxDepth: 0 }],
    ['validate', { validate: 1 }],
    ['lax', { lax: 'yes' }],
    ['null', 5],
  ])('of xmlRecords are refused: %s', async (_name, given) => {
    const options = given as object
    const api = clientOf(answer('<r/>', xmlType))
    for (const call of [
      () => collect(api.get('/').xmlRecords('r/a', Any, options)),
      async () => collect((await api.get('/')).xmlRecords('r/a', Any, options)),
    ])
      expect(await rejection(call())).toMatchObject({ name: 'ConfigError', code: 'config' })
  })

  test.each(['', '/', 'a/', '/a', 'a//b', 'a b', 'a/1', '*', 'a/@b', 5, undefined, null])(
    'the path %j is none',
    async (path) => {
      const error = await rejection(
        collect(
          clientOf(answer('<r/>', xmlType))
            .get('/')
            .xmlRecords(path as string),
        ),
      )
      expect(error).toMatchObject({ name: 'ConfigError', option: 'path' })
    },
  )
})

describe('a polluted Object.prototype changes nothing', () => {
  const evil = {
    '~standard': {
      version: 1,
      vendor: 'evil',
      validate: () => ({ value: 'evil' }),
    },
  }
  const values: Readonly<Record<string, readonly unknown[]>> = {
    schema: [evil, 'evil'],
    headers: [evil, { 'x-evil': '1' }],
    root: ['evil'],
    binding: [{ lax: true, validate: false }, 'evil'],
    errorSchema: [evil, 'evil'],
    lax: [true, 'evil'],
    validate: [false, 'evil'],
    numbers: ['lossless'],
    decimals: ['text'],
    excerptBytes: [0, 1, 'evil'],
    maxBytes: [1, 'evil'],
    maxDepth: [1],
    mediaTypes: ['strict'],
    prototypeKeys: ['drop'],
    doctype: ['internal'],
    namespaces: ['strip', { x: 'urn:x' }],
    maxExpansions: [0],
    maxFields: [0],
    maxNameLength: [0],
    mediaType: ['evil/evil'],
    body: [evil, null],
    declaration: [false],
    indent: [4],
    default: [evil, null],
    '200': [evil],
    '4xx': [evil],
    format: ['xml'],
    at: ['headers'],
  }

  const Fault = z.object({ why: z.string() })
  const Closed = z.strictObject({ a: z.number(), b: z.string().optional() })
  const init = (body: string, contentType: string, status = 200): Answer =>
    answer(body, contentType, { status, headers: { 'x-n': '5' } })

  /** What callers are told, of everything that binds. */
  async function round(): Promise<string[]> {
    const told: string[] = []
    const calls: readonly (() => PromiseLike<unknown>)[] = [
      () => clientOf(init('{"a":1}', jsonType)).get('/').json(Closed),
      () => clientOf(init('{"a":1,"c":2}', jsonType)).get('/', {}).json(Closed),
      () => clientOf(init('{"a":1,"b":null}', jsonType)).get('/', { binding: {} }).json(Closed),
      () => clientOf(init('{"a":12345678901234567890}', jsonType), { binding: {} }).get('/').json(),
      () =>
        clientOf(init('{"a":1}', jsonType))
          .get('/')
          .json(Closed, { headers: z.object({ 'x-n': z.number() }) }),
      () => clientOf(init('{"a": nope}', jsonType)).get('/').json(),
      () => clientOf(init('{"a":1}', 'text/plain')).get('/').json(),
      () => clientOf(init('<r><a>1</a></r>', xmlType)).get('/').xml(),
      () => clientOf(init('<r x:y="1" xmlns:x="urn:x"><a>&#49;</a></r>', xmlType)).get('/').xml(undefined, {}),
      () => clientOf(init('<r><a>1</a></r>', xmlType)).get('/').xml(Closed, { root: 'r' }),
      () => clientOf(init('<!DOCTYPE r []><r/>', xmlType)).get('/').xml(),
      () => collect(clientOf(init('<r><a>1</a></r>', xmlType)).get('/').xmlRecords('r/a')),
      () => collect(clientOf(init('<r><a>1</a></r>', xmlType)).get('/').xmlRecords('r/a', z.number(), {})),
      () => clientOf(init('a=1&a=2', formType)).get('/').form(),
      () => clientOf(init('a=1', formType)).get('/').form(Closed),
      () => clientOf(init('a=1&c=2', formType)).get('/').record(Closed),
      () => clientOf(init('{"a":1}', jsonType)).get('/').match({ 200: Closed }),
      () =>
        clientOf(init('{"a":1}', jsonType))
          .get('/')
          .match({ 200: { mediaType: jsonType } }),
      () => clientOf(init('{"a":1}', jsonType)).get('/').match({ 201: Closed }),
      () =>
        clientOf(init('{"why":"x"}', jsonType, 404))
          .get('/')
          .match({ '5xx': null }),
      () =>
        clientOf(init('{"why":"x"}', jsonType, 404))
          .get('/')
          .json(),
      () =>
        clientOf(init('{"why":5}', jsonType, 404), { errorSchema: Fault })
          .get('/')
          .json(),
      () => clientOf({ status: 204, headers: {}, body: '' }).get('/').json(Closed),
      ...[
        json({ a: 1 }),
        json({ a: 1 }, {}),
        form({ a: 1 }, {}),
        form({ a: 1 }),
        xml({ r: { a: 1 } }),
        xml({ a: [1] }, {}),
      ].map((body) => () => sentBy(body)),
    ]
    for (const call of calls) {
      try {
        told.push(JSON.stringify(shown(await call())))
      } catch (error) {
        told.push(String(error))
        if (error instanceof StatusError) told.push(JSON.stringify([error.body, error.issues, error.excerpt]))
      }
    }
    return told
  }

  function shown(value: unknown): unknown {
    return typeof value === 'object' && value !== null
      ? Object.entries(value).map(([key, one]) => [key, String(one)])
      : value
  }

  async function sentBy(body: unknown): Promise<unknown> {
    const transport = mockTransport({ status: 204, headers: {}, body: '' })
    await createClient('http://a.test', { transport }).post('/', body)
    return transport.requests.map(({ headers, text }) => [headers.get('content-type'), text])
  }

  test.each(Object.entries(values).flatMap(([name, all]) => all.map((value) => [name, value] as const)))(
    '%s: %j',
    async (name, value) => {
      const clean = await round()
      expect(clean).not.toContain('"evil"')
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false })
      let polluted: string[]
      try {
        polluted = await round()
      } finally {
        Reflect.deleteProperty(Object.prototype, name)
      }
      expect(polluted).toEqual(clean)
    },
  )
})
