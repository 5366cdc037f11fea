import { BodyError, respond, ValidationError, type HttpResponse } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DecodeError, MissingHeaderError, readMatch, readRecord } from '../../src/record/index.ts'
import { thrownBy } from './source.ts'

const User = z.object({ id: z.int(), tags: z.array(z.string()) })
const user = { id: 7, tags: ['a'] }

function answer(type: string | undefined, body: string, status = 200, more: Record<string, string> = {}): HttpResponse {
  const headers = type === undefined ? more : { ...more, 'content-type': type }
  return respond({ status, headers, body, url: 'https://h.test/users?secret=1' })
}

describe('readRecord', () => {
  test.each<[string | undefined, string]>([
    ['application/json', '{"id":7,"tags":["a"]}'],
    ['application/hal+json; charset=utf-8', '{"id":7,"tags":["a"]}'],
    [undefined, '{"id":7,"tags":["a"]}'],
    ['application/xml', '<user><id>007</id><tags>a</tags></user>'],
    ['text/xml; charset=utf-8', '<user><id>7</id><tags>a</tags></user>'],
    ['application/atom+xml', '<user xmlns="urn:x"><id u="1">7</id><tags>a</tags></user>'],
    ['application/x-www-form-urlencoded', 'id=7&tags=a'],
  ])('%s', async (type, body) => {
    expect(await readRecord(answer(type, body), User, { root: 'user' })).toEqual(user)
  })

  test('XML without root: under its root element', async () => {
    const response = answer('application/xml', '<user><id>7</id><tags>a</tags></user>')
    expect(await readRecord(response, z.object({ user: User }))).toEqual({ user })
  })

  test('text and bytes', async () => {
    expect(await readRecord(answer('text/plain', '007'), z.string())).toBe('007')
    const bytes = await readRecord(answer('application/octet-stream', 'x'), z.instanceof(Uint8Array))
    expect([...bytes]).toEqual([120])
  })

  test('nothing', async () => {
    expect(await readRecord(answer('application/json', '', 204), User.nullable())).toBeNull()
    const error = await thrownBy(() => readRecord(answer(undefined, '', 204), User))
    expect(error).toBeInstanceOf(BodyError)
    expect(error).toMatchObject({ code: 'no-content' })
  })

  test('validate: false, lax, lossless', async () => {
    const wrong = '<user><id>x</id></user>'
    expect(await readRecord(answer('text/xml', wrong), User, { root: 'user', validate: false })).toEqual({
      id: 'x',
      tags: [],
    })
    const Lax = z.strictObject({ a: z.int().optional(), b: z.int().nullable() })
    expect(await readRecord(answer('text/json', '{"a":null,"x":1}'), Lax, { lax: true })).toEqual({ b: null })
    const Big = z.object({ id: z.bigint(), small: z.bigint() })
    const text = '{"id":9007199254740993,"small":5}'
    expect(await readRecord(answer('application/json', text), Big, { numbers: 'lossless' })).toEqual({
      id: 9007199254740993n,
      small: 5n,
    })
  })

  test('failures name the place, the status and the type, and not the query', async () => {
    const response = answer('application/vnd.x+xml', '<user><id>0x1F</id></user>', 201)
    const error = await thrownBy(() => readRecord(response, z.object({ user: User })))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ at: 'body', status: 201, mediaType: 'application/vnd.x+xml' })
    expect(String(error)).toMatch(/https:\/\/h\.test\/users: .* \(status 201, application\/vnd\.x\+xml\) .* user\.id: /)
    expect(String(error)).not.toContain('secret')
  })

  test.each<[string, string, RegExp]>([
    ['text/html', '<html>', /is text\/html; the schema wants a record/],
    ['application/pdf', '%PDF', /is application\/pdf; asked for a record/],
    ['application/json', '{', /is not JSON/],
    ['application/xml', '<a>', /not well-formed|ends/],
  ])('%s that cannot be a record', async (type, body, message) => {
    const error = await thrownBy(() => readRecord(answer(type, body), User))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toHaveProperty('message', expect.stringMatching(message))
  })

  test.each([
    ['application/json', '{"id":7}'],
    ['application/xml', '<a>text</a>'],
    ['application/x-www-form-urlencoded', 'id=7&tags=a'],
    ['text/plain', 'long text'],
  ])('%s beyond maxBytes', async (type, body) => {
    const schema = z.union([User, z.string()])
    const error = await thrownBy(() => readRecord(answer(type, body), schema, { maxBytes: 5 }))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toMatchObject({ code: 'too-large', receivedBytes: body.length })
  })

  test('__proto__ reaches no prototype, whatever the format', async () => {
    const Open = z.looseObject({ a: z.record(z.string(), z.any()).optional() })
    for (const [type, body] of [
      ['application/json', '{"__proto__":{"x":1},"a":{"__proto__":{"x":1}}}'],
      ['application/x-www-form-urlencoded', '__proto__=1&a[__proto__]=1&__proto__[x]=1'],
    ] as const) {
      for (const lax of [false, true]) {
        expect(await thrownBy(() => readRecord(answer(type, body), Open, { lax }))).toBeInstanceOf(DecodeError)
        const dropped = await readRecord(answer(type, body), Open, { lax, prototypeKeys: 'drop' })
        expect(Object.getPrototypeOf(dropped)).toBe(Object.prototype)
        expect({}).not.toHaveProperty('x')
      }
    }
    const xml = '<a><__proto__><x>1</x></__proto__></a>'
    expect(await thrownBy(() => readRecord(answer('text/xml', xml), Open))).toBeInstanceOf(DecodeError)
  })
})

describe('readMatch', () => {
  const cases = {
    200: User,
    204: null,
    404: { body: z.object({ reason: z.string() }), headers: z.object({ 'x-id': z.int() }) },
    409: { headers: z.object({ 'X-Id': z.int() }), mediaType: 'text/plain' },
    '4xx': z.object({ code: z.number() }),
    default: z.string().optional(),
  } as const

  test('an exact case', async () => {
    const response = answer('application/json', JSON.stringify(user))
    expect(await readMatch(response, cases)).toEqual({ status: 200, body: user, headers: response.headers })
  })

  test('a case without a body: it is discarded', async () => {
    const response = answer('text/plain', 'unwanted', 204)
    expect(await readMatch(response, cases)).toEqual({ status: 204, body: undefined, headers: response.headers })
    expect(response.body.takeBuffered?.()).toBeUndefined()
  })

  test('headers and body', async () => {
    const response = answer('application/json', '{"reason":"gone"}', 404, { 'X-ID': '5' })
    expect(await readMatch(response, cases)).toEqual({ status: 404, headers: { 'x-id': 5 }, body: { reason: 'gone' } })
  })

  test('a class, and the default', async () => {
    expect(await readMatch(answer('application/json', '{"code":3}', 499), cases)).toMatchObject({
      status: 499,
      body: { code: 3 },
    })
    expect(await readMatch(answer('text/plain', 'oops', 500), cases)).toMatchObject({ status: 500, body: 'oops' })
    expect(await readMatch(answer(undefined, '', 500), cases)).toMatchObject({ status: 500, body: undefined })
  })

  test('no case: the body is left to the caller', async () => {
    const response = answer('text/plain', 'x', 500)
    expect(await readMatch(response, { 200: User })).toBeUndefined()
    expect(await response.body.bytes()).toHaveLength(1)
  })

  test('what was picked stays picked', async () => {
    const response = answer('application/json', '{"code":3}', 404, { 'x-id': '5' })
    expect(await thrownBy(() => readMatch(response, cases))).toMatchObject({
      at: 'body',
      issues: [{ path: ['reason'] }],
    })
  })

  test('a missing header, a wrong type: errors, and the body is discarded', async () => {
    const headerless = answer('application/json', '{"reason":"gone"}', 404)
    expect(await thrownBy(() => readMatch(headerless, cases))).toBeInstanceOf(MissingHeaderError)
    expect(headerless.body.takeBuffered?.()).toBeUndefined()
    const wrong = answer('application/json', '{}', 409, { 'x-id': '5' })
    const error = await thrownBy(() => readMatch(wrong, cases))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toHaveProperty('message', expect.stringContaining('is application/json; asked for text/plain'))
    expect(wrong.body.takeBuffered?.()).toBeUndefined()
  })
})
