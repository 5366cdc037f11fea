import { mockTransport } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createClient, json, type ClientConfig, type ClientResponse, type Schema } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

type Init = Parameters<typeof mockTransport>[0]

function client(answer: Init, config: ClientConfig = {}) {
  return createClient('http://a.test', { ...config, transport: mockTransport(answer) })
}

function answer(body: string | Uint8Array, contentType?: string): Init {
  return { body, headers: contentType === undefined ? {} : { 'content-type': contentType } }
}

describe('no body', () => {
  const empty: readonly (readonly [string, string, Init])[] = [
    ['204', 'GET', { status: 204 }],
    ['205', 'GET', { status: 205 }],
    ['304', 'GET', { status: 304 }],
    ['HEAD', 'HEAD', { status: 200, headers: { 'content-type': 'application/json' } }],
    ['empty 200', 'GET', { status: 200, headers: { 'content-type': 'application/json' } }],
    ['empty 200 of another type', 'GET', { status: 200, headers: { 'content-type': 'text/html' } }],
    ['empty 201 of no type', 'POST', { status: 201 }],
  ]
  const accepting: readonly Schema[] = [
    z.string().optional(),
    v.optional(v.string()),
    type('string | undefined'),
    z.unknown(),
  ]
  const refusing: readonly Schema[] = [z.object({}), v.object({}), type({ a: 'string' })]

  test.each(empty)('%s', async (_name, method, init) => {
    const api = client(init)
    const call = () => api.execute(method, '/')
    expect(await call().json()).toBeUndefined()
    expect(await (await call()).json()).toBeUndefined()
    expect(await call().text()).toBe('')
    expect(await call().bytes()).toEqual(new Uint8Array())
    for await (const chunk of call().stream()) expect(chunk).toBe('nothing')
    for (const schema of accepting) expect(await call().json(schema)).toBeUndefined()
    // Nothing is `null` to a schema that takes no `undefined`.
    expect(await call().json(z.string().nullable())).toBeNull()
    for (const schema of refusing) {
      for (const error of [await rejection(call().json(schema)), await rejection((await call()).json(schema))])
        expect(error).toMatchObject({ name: 'BodyError', code: 'no-content', sent: 'yes' })
    }
  })

  test('a default of the schema is the value', async () => {
    expect(await client({ status: 204 }).get('/').json(z.string().default('x'))).toBe('x')
  })
})

describe('media types of json()', () => {
  test.each([
    undefined,
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON ;charset="UTF-8"',
    'application/problem+json',
    'application/vnd.api+json; x=1',
    'text/json',
    'text/plain',
    'text/plain; charset=utf-8',
  ])('%s is read', async (contentType) => {
    expect(await client(answer('{"a":1}', contentType)).get('/').json()).toEqual({ a: 1 })
  })

  test.each([
    'text/html',
    'application/xml',
    'application/octet-stream',
    'image/png',
    'application/jsonp',
    'application/x-www-form-urlencoded',
  ])('%s is refused by name', async (contentType) => {
    const api = client(answer('{"a":1}', contentType))
    for (const error of [
      await rejection(api.get('/').json()),
      await rejection((await api.get('/')).json(z.unknown())),
    ]) {
      expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', sent: 'yes' })
      expect(String(error)).toContain(contentType)
      expect(String(error)).toContain('JSON')
    }
  })
})

describe('what is not JSON', () => {
  test.each([
    '{"a":',
    '[1,]',
    'hello',
    "{'a':1}",
    '{"a":1}x',
    'NaN',
    '\u0000',
    '{"a":"top-secret-value",}',
    '"top-secret-value',
  ])('%j', async (body) => {
    for (const contentType of ['application/json', 'text/plain', undefined]) {
      const error = await rejection(client(answer(body, contentType)).get('/path').json())
      expect(error).toMatchObject({ name: 'DecodeError', code: 'decode' })
      expect(String(error)).toMatch(/GET http:\/\/a\.test\/path.*status 200.*not JSON/)
    }
    const quiet = client(answer(body), { binding: { excerptBytes: 0 } })
    expect(String(await rejection(quiet.get('/path').json()))).not.toMatch(/top-secret|near/)
  })

  test.each([
    ['null', null],
    ['0', 0],
    ['""', ''],
    ['false', false],
    [' [] ', []],
    ['"\\ud800"', '\ud800'],
    ['1e400', Infinity],
    ['-0', -0],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s is', async (body, expected) => {
    expect(await client(answer(body)).get('/').json()).toEqual(expected)
  })
})

test('keys that name prototypes change none', async () => {
  for (const body of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
    const outcome: unknown = await client(answer(body))
      .get('/')
      .json()
      .catch((error: unknown) => error)
    expect(outcome).toBeDefined()
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  }
  expect(Object.keys(Object.prototype)).toEqual([])
})

test('depth does not overflow', async () => {
  const depth = 100_000
  const outcome: unknown = await client(answer('['.repeat(depth) + ']'.repeat(depth)))
    .get('/')
    .json()
    .then(Array.isArray, () => 'refused')
  expect([true, 'refused']).toContain(outcome)
})

describe('charsets', () => {
  const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)
  test.each<[string, string | undefined, Uint8Array, string]>([
    ['none is UTF-8', undefined, encoded('hä€😀'), 'hä€😀'],
    ['text of none is UTF-8', 'text/plain', encoded('hä'), 'hä'],
    ['UTF-8', 'text/plain; charset=UTF-8', encoded('hä'), 'hä'],
    ['quoted', 'text/plain; charset="utf-8"', encoded('hä'), 'hä'],
    ['latin1', 'text/plain;charset=ISO-8859-1', Buffer.from('hä', 'latin1'), 'hä'],
    ['windows-1252', 'text/plain; charset=windows-1252', new Uint8Array([0x80]), '€'],
    ['UTF-16LE', 'text/plain; charset=utf-16le', Buffer.from('hä', 'utf16le'), 'hä'],
    ['UTF-16LE with a mark', 'text/plain; charset=utf-16le', Buffer.from('\ufeffhä', 'utf16le'), 'hä'],
    ['Shift_JIS', 'text/plain; charset=shift_jis', new Uint8Array([0x82, 0xa0]), 'あ'],
    ['a mark', undefined, encoded('\ufeffhä'), 'hä'],
    ['a mark in a Buffer', undefined, Buffer.from('\ufeffhä'), 'hä'],
    ['a mark of stated UTF-8', 'text/plain; charset=utf-8', Buffer.from('\ufeffhä'), 'hä'],
    ['broken UTF-8', 'text/plain', new Uint8Array([0x61, 0xff, 0x62]), 'a\ufffdb'],
    ['a Buffer of broken UTF-8', 'text/plain', Buffer.from([0x61, 0xc3]), 'a\ufffd'],
  ])('%s', async (_name, contentType, body, expected) => {
    expect(await client(answer(body, contentType)).get('/').text()).toBe(expected)
  })

  test.each(['klingon', 'x'.repeat(500), ''])('%j is not known', async (charset) => {
    const error = await rejection(
      client(answer('abc', `text/plain; charset="${charset}"`))
        .get('/')
        .text(),
    )
    expect(error).toMatchObject({ name: 'DecodeError', code: 'decode' })
    expect(String(error).length).toBeLessThan(300)
  })

  test('hold for JSON, and its mark is taken off', async () => {
    const latin = answer(Buffer.from('{"a":"ä"}', 'latin1'), 'application/json; charset=latin1')
    expect(await client(latin).get('/').json()).toEqual({ a: 'ä' })
    for (const contentType of [undefined, 'application/json', 'application/json; charset=utf-8'])
      expect(
        await client(answer(Buffer.from('\ufeff{"a":1}'), contentType))
          .get('/')
          .json(),
      ).toEqual({ a: 1 })
  })
})

test('a schema that throws, or rejects, is heard', async () => {
  const wrong = new Error('broken schema')
  const make = (validate: Schema['~standard']['validate']): Schema => ({
    '~standard': { version: 1, vendor: 'x', validate },
  })
  const throws = make(() => {
    throw wrong
  })
  for (const schema of [throws, make(() => Promise.reject(wrong))])
    expect(await rejection(client(answer('1')).get('/').json(schema))).toBe(wrong)
})

test('mediaType of a response', async () => {
  const response: ClientResponse = await client(answer('x', 'Text/HTML; Charset="utf-8"; q')).get('/')
  expect([response.mediaType?.essence, response.mediaType?.parameters.get('charset')]).toEqual(['text/html', 'utf-8'])
  expect((await client(answer('x')).get('/')).mediaType).toBeUndefined()
})

test('validate: false asks nothing of a schema, of an empty body neither', async () => {
  const schema = z.object({ id: z.number() })
  const api = client({ status: 204 }, { binding: { validate: false } })
  expect(await api.get('/').json(schema)).toBeUndefined()
  expect(await api.get('/').record(schema)).toBeUndefined()
  expect(await api.get('/').xml(schema)).toBeUndefined()
  const full = client(answer('{"id":"x"}', 'application/json'))
  expect(await full.get('/', { binding: { validate: false } }).json(schema)).toEqual({ id: 'x' })
})

test('what a request says is not in the error of its schema', async () => {
  const schema = v.object({ id: v.pipe(v.string(), v.length(3)) })
  const error = await rejection(client({}).post('/', json({ id: 'top-secret' }, { schema })))
  expect(error).toMatchObject({ at: 'request', issues: [{ path: ['id'] }] })
  expect(String(error)).not.toContain('top-secret')
  const own = z.object({ id: z.string().refine(() => false, { error: (issue) => `bad: ${String(issue.input)}` }) })
  expect(String(await rejection(client({}).post('/', json({ id: 'top-secret' }, { schema: own }))))).not.toContain(
    'top-',
  )
})
