import { eachProtocol, type ServerHandler } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  ClientRequestError,
  MissingHeaderError,
  RemoteServerError,
  StatusError,
  isHttpError,
  type ClientResponse,
  type ResponsePromise,
  type Schema,
} from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'
import { answer, clientOf, formType, jsonType, xmlType } from './kit/answers.ts'

const User = z.object({ id: z.number() })
const Fault = z.object({ why: z.string() })
const Any = z.object({ any: z.boolean() })

/** Answers with the status of the path. */
const statuses: ServerHandler = (request, response) => {
  const status = Number(request.url.slice(1))
  response.writeHead(status, { 'content-type': jsonType, 'x-rate': '5', 'x-tag': ['a', 'b'] })
  response.end(JSON.stringify({ id: status, why: `w${status}`, any: true }))
}

describe.each(eachProtocol)('match over $name', (protocol) => {
  test('takes an exact status before its class before the default', async () => {
    await using set = await scene(statuses, {}, protocol)
    const cases = { default: Any, '4xx': Fault, 404: User, '2xx': User, 201: null } as const
    for (const [status, body] of [
      [200, { id: 200 }],
      [201, undefined],
      [299, { id: 299 }],
      [404, { id: 404 }],
      [409, { why: 'w409' }],
      [500, { any: true }],
      [300, { any: true }],
    ] as const) {
      for (const read of [
        () => set.api.get(`/${status}`).match(cases),
        async () => (await set.api.get(`/${status}`)).match(cases),
      ]) {
        const out = await read()
        expect([out.status, out.body]).toEqual([status, body])
        expect(out.headers.get('x-rate')).toBe('5')
        expect(out.headers.getAll('x-tag').join()).toMatch(/^a, ?b$|^a,b$/)
      }
    }
  })

  test('without a case is the error of the status, with its body', async () => {
    await using set = await scene(statuses, {}, protocol)
    const cases = { 204: null, 404: Fault }
    for (const [status, kind] of [
      [200, StatusError],
      [302, StatusError],
      [400, ClientRequestError],
      [500, RemoteServerError],
    ] as const) {
      for (const read of [
        () => set.api.get(`/${status}`).match(cases),
        async () => (await set.api.get(`/${status}`)).match(cases),
      ]) {
        const error = await rejection(read())
        expect(error).toBeInstanceOf(kind)
        expect(error).toMatchObject({ code: 'status', status, body: { id: status, why: `w${status}` } })
        expect(isHttpError(error, 'status')).toBe(true)
      }
    }
  })

  test('lets go of every body, read or not', async () => {
    await using set = await scene(statuses, { pool: { maxConnections: 1 } }, protocol)
    const refusing = { 200: z.object({ no: z.string() }), 404: { headers: z.object({ no: z.string() }) } }
    for (let round = 0; round < 3; round += 1) {
      await set.api.get('/200').match({ 200: null })
      await rejection(set.api.get('/200').match(refusing))
      await rejection(set.api.get('/404').match(refusing))
      await rejection(set.api.get('/500').match({}))
      await rejection(set.api.get('/200').match({ 200: { mediaType: xmlType } }))
      const wrong: object = { teapot: null }
      await rejection(set.api.get('/200').match(wrong))
    }
    expect(await set.api.get('/200').json(User)).toEqual({ id: 200 })
    expect(set.server.totalConnections).toBe(1)
  })
})

/** The same on the promise and on the response. */
async function both(
  make: () => ResponsePromise,
  read: (from: ResponsePromise | ClientResponse) => Promise<unknown>,
): Promise<unknown[]> {
  return [await rejection(read(make())), await rejection(read(await make()))]
}

describe('a case', () => {
  test('of null, undefined or no body leaves the body alone, whatever it is', async () => {
    for (const one of [null, undefined, {}, { body: null }, { body: undefined }]) {
      const out = await clientOf(answer('<broken', 'image/png')).get('/').match({ 200: one })
      expect([out.status, out.body]).toEqual([200, undefined])
    }
    const empty = clientOf({ status: 204 })
    expect(await empty.get('/').match({ 204: null })).toMatchObject({ status: 204, body: undefined })
  })

  test('with a schema of an answer without a body', async () => {
    for (const init of [{ status: 204 }, { status: 200 }, { status: 304 }]) {
      const api = clientOf(init)
      const status = init.status as 200
      for (const error of await both(
        () => api.get('/'),
        (from) => from.match({ [status]: User }),
      ))
        expect(error).toMatchObject({ name: 'BodyError', code: 'no-content', sent: 'yes' })
      expect(await api.get('/').match({ [status]: User.optional() })).toMatchObject({ status, body: undefined })
      expect(await api.get('/').match({ [status]: User.nullable() })).toMatchObject({ status, body: null })
    }
  })

  test('once picked stays picked: what does not fit is an error, no other case', async () => {
    const cases = { 404: z.object({ code: z.number() }), '4xx': Fault, default: Any }
    for (const error of await both(
      () => clientOf(answer('{"why":"x","any":true}', jsonType, { status: 404 })).get('/'),
      (from) => from.match(cases),
    ))
      expect(error).toMatchObject({ name: 'ValidationError', at: 'body', status: 404, issues: [{ path: ['code'] }] })
  })

  test('is read by the content type of the answer', async () => {
    for (const [body, contentType] of [
      ['{"why":"x"}', 'application/problem+json'],
      ['why=x', formType],
    ] as const)
      expect(
        await clientOf(answer(body, contentType, { status: 400 }))
          .get('/')
          .match({ '4xx': Fault }),
      ).toMatchObject({
        status: 400,
        body: { why: 'x' },
      })
    const out = await clientOf(answer('<e><why>x</why></e>', 'application/problem+xml', { status: 400 }))
      .get('/')
      .match({ 400: z.object({ e: Fault }) })
    expect(out.body).toEqual({ e: { why: 'x' } })
    expect(await clientOf(answer('hello', 'text/plain')).get('/').match({ 200: z.string() })).toMatchObject({
      body: 'hello',
    })
    expect(await rejection(clientOf(answer('<p>', 'text/html')).get('/').match({ 200: User }))).toMatchObject({
      name: 'DecodeError',
      message: expect.stringMatching(/text\/html.*record/),
    })
  })

  test.each([
    ['application/json', jsonType, true],
    ['Application/JSON; charset=utf-8', 'application/json', true],
    ['application/json', ['application/xml', 'application/json'], true],
    ['application/problem+json', 'application/json', false],
    ['text/html', 'application/json', false],
    [undefined, 'application/json', false],
  ] as const)('that wants a media type: %s for %s', async (came, mediaType, fits) => {
    const init = answer('{"id":1}', came)
    const call = () =>
      clientOf(init)
        .get('/')
        .match({ 200: { body: User, mediaType } })
    if (fits) {
      expect(await call()).toMatchObject({ status: 200, body: { id: 1 } })
      return
    }
    const error = await rejection(call())
    expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', sent: 'yes' })
    expect(String(error)).toContain('application/json')
    expect(String(error)).toContain(came ?? 'no content type')
  })

  test('may bind headers, each its own', async () => {
    const cases = {
      200: { body: User, headers: z.object({ 'x-rate': z.number() }) },
      404: { headers: z.object({ 'X-Tag': z.array(z.string()) }) },
      default: { headers: z.object({ 'x-none': z.string() }) },
    }
    const init = (status: number) =>
      answer('{"id":1}', jsonType, { status, headers: { 'x-rate': '5', 'x-tag': ['a', 'b'] } })
    expect(await clientOf(init(200)).get('/').match(cases)).toEqual({
      status: 200,
      body: { id: 1 },
      headers: { 'x-rate': 5 },
    })
    expect(await clientOf(init(404)).get('/').match(cases)).toEqual({
      status: 404,
      body: undefined,
      headers: { 'X-Tag': ['a', 'b'] },
    })
    for (const error of await both(
      () => clientOf(init(500)).get('/'),
      (from) => from.match(cases),
    )) {
      expect(error).toBeInstanceOf(MissingHeaderError)
      expect(error).toMatchObject({ header: 'x-none', status: 500, at: 'headers' })
    }
  })

  test.each<[string, object]>([
    ['no status', { 2000: User }],
    ['a word', { ok: User }],
    ['a class that is none', { '6xx': User }],
    ['a class in capitals', { '4XX': User }],
    ['no schema', { 200: 5 }],
    ['half a schema', { 200: { '~standard': { validate: 5 } } }],
    ['an unknown part', { 200: { boddy: User } }],
    ['a body that is no schema', { 200: { body: {} } }],
    ['headers that are no schema', { 200: { headers: 'x' } }],
    ['a media type that is none', { 200: { mediaType: 'json' } }],
  ])('that is none is refused: %s', async (_name, cases) => {
    for (const error of await both(
      () => clientOf(answer('{"id":1}', jsonType)).get('/'),
      (from) => from.match(cases),
    ))
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config', option: expect.stringMatching(/^match/) })
  })
})

test.each(eachProtocol)('headers are bound over $name', async (protocol) => {
  await using set = await scene(
    (_request, response) => {
      response.setHeader('X-Count', '007')
      response.setHeader('x-flag', 'false')
      response.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2'])
      response.setHeader('x-one', 'only')
      response.setHeader('content-type', jsonType)
      response.end('{"id":1}')
    },
    {},
    protocol,
  )
  const schema = z.strictObject({
    'X-Count': z.int(),
    'x-flag': z.boolean(),
    'set-cookie': z.array(z.string()),
    'x-one': z.array(z.string()),
    'content-type': z.literal(jsonType),
  })
  const headers = {
    'X-Count': 7,
    'x-flag': false,
    'set-cookie': ['a=1; Path=/', 'b=2'],
    'x-one': ['only'],
    'content-type': jsonType,
  }
  expect(await set.api.get('/').json(User, { headers: schema })).toEqual({ body: { id: 1 }, headers })
  expect(await (await set.api.get('/')).record(User, { headers: schema })).toEqual({ body: { id: 1 }, headers })
  expect(await set.api.get('/').match({ '2xx': { headers: schema } })).toEqual({
    status: 200,
    body: undefined,
    headers,
  })
})

describe('header binding', () => {
  const headers = {
    'x-num': '007',
    'x-ratio': '1.10',
    'x-hex': '0x1F',
    'x-big': '9007199254740993',
    'x-flag': 'true',
    'x-date': '2026-01-02T03:04:05Z',
    'x-one': 'a',
    'x-list': ['a', 'b, c'],
  }
  const init = answer('{"id":1}', jsonType, { headers })
  const read = (schema: Parameters<ClientResponse['json']>[0] & {}, from = init) =>
    clientOf(from).get('/').json(User, { headers: schema })

  test('converts as the schema says, and spells names as it does', async () => {
    const schema = z.object({
      'X-Num': z.number(),
      'x-ratio': z.number(),
      'x-hex': z.string(),
      'x-big': z.bigint(),
      'x-flag': z.boolean(),
      'x-date': z.date(),
      'x-one': z.array(z.string()),
      'x-list': z.array(z.string()),
      'x-none': z.string().optional(),
    })
    expect(await read(schema)).toEqual({
      body: { id: 1 },
      headers: {
        'X-Num': 7,
        'x-ratio': 1.1,
        'x-hex': '0x1F',
        'x-big': 9007199254740993n,
        'x-flag': true,
        'x-date': new Date('2026-01-02T03:04:05Z'),
        'x-one': ['a'],
        'x-list': ['a', 'b, c'],
      },
    })
    // One value where one is wanted: the first.
    expect(await read(z.object({ 'x-list': z.string(), 'x-num': z.string() }))).toMatchObject({
      headers: { 'x-list': 'a', 'x-num': '007' },
    })
    expect(await read(z.strictObject({ 'x-one': z.string() }))).toEqual({ body: { id: 1 }, headers: { 'x-one': 'a' } })
  })

  test('with schemas of other libraries', async () => {
    expect(await read(type({ 'x-num': 'number', 'x-list': 'string[]' }))).toMatchObject({
      headers: { 'x-num': 7, 'x-list': ['a', 'b, c'] },
    })
    // valibot says nothing of its types: text, by lower-case names.
    expect(await read(v.object({ 'x-num': v.string(), 'x-list': v.string() }))).toMatchObject({
      headers: { 'x-num': '007', 'x-list': 'a' },
    })
  })

  test('of every reader, on the promise and on the response', async () => {
    const Rate = z.object({ 'x-rate': z.number() })
    const options = { headers: Rate }
    const withRate = (body: string, contentType: string) =>
      clientOf(answer(body, contentType, { headers: { 'x-rate': '5' } }))
    const expected = { body: { id: 1 }, headers: { 'x-rate': 5 } }
    const asJson = withRate('{"id":1}', jsonType)
    const asXml = withRate('<user><id>1</id></user>', xmlType)
    const asForm = withRate('id=1', formType)
    expect(await asJson.get('/').json(User, options)).toEqual(expected)
    expect(await (await asJson.get('/')).json(User, options)).toEqual(expected)
    expect(await asXml.get('/').xml(User, { ...options, root: 'user' })).toEqual(expected)
    expect(await (await asXml.get('/')).xml(User, { ...options, root: 'user' })).toEqual(expected)
    expect(await asForm.get('/').form(User, options)).toEqual(expected)
    expect(await (await asForm.get('/')).form(User, options)).toEqual(expected)
    expect(await asForm.get('/').record(User, options)).toEqual(expected)
    expect(await asXml.get('/').record(User, { ...options, root: 'user' })).toEqual(expected)
    expect(await (await asJson.get('/')).record(User, options)).toEqual(expected)
  })

  test('a header that is missing, and one that does not fit', async () => {
    const missing = await rejection(read(z.object({ 'X-Need': z.number(), 'x-one': z.string() })))
    expect(missing).toBeInstanceOf(MissingHeaderError)
    expect(missing).toMatchObject({ name: 'MissingHeaderError', header: 'X-Need', at: 'headers', status: 200 })
    expect(String(missing)).toContain("GET http://a.test/: the response's headers (status 200, application/json)")
    const wrong = await rejection(read(z.object({ 'x-hex': z.number() })))
    expect(wrong).toMatchObject({ name: 'ValidationError', at: 'headers', issues: [{ path: ['x-hex'] }] })
    expect(wrong).not.toBeInstanceOf(MissingHeaderError)
  })

  test('quotes no value of a header', async () => {
    const secret = answer('{"id":1}', jsonType, { headers: { 'x-token': 'secret-token' } })
    for (const schema of [type({ 'x-token': 'string.numeric' }), v.object({ 'x-token': v.literal('other') })]) {
      const error = await rejection(read(schema, secret))
      expect(error).toMatchObject({ name: 'ValidationError', at: 'headers' })
      expect(String(error)).toContain('x-token')
      expect(String(error)).not.toContain('secret-token')
    }
  })

  test.each([
    ['json', '{"id":', jsonType],
    ['form', 'id=%zz', formType],
    ['xml', '<user>', xmlType],
    ['record', '<user>', xmlType],
    ['record', '{"id":', jsonType],
  ] as const)('beside a body that fails, too: %s of %s', async (reader, body, contentType) => {
    await using set = await scene((_request, response) => {
      response.writeHead(200, { 'content-type': contentType })
      response.end(body)
    })
    type Options = Parameters<ClientResponse['record']>[1] & { readonly headers: Schema }
    const read: Readonly<Record<typeof reader, (call: ResponsePromise, options: Options) => Promise<unknown>>> = {
      json: (call, options) => call.json(User, options),
      form: (call, options) => call.form(User, options),
      xml: (call, options) => call.xml(User, options),
      record: (call, options) => call.record(User, options),
    }
    const headers = z.object({ 'x-none': z.string() })
    const wrong: object = {}
    // Headers come first. That the body's failure is unheard of by nobody is what the scene checks.
    for (const [given, name] of [
      [headers, 'MissingHeaderError'],
      [headers.refine(async () => await Promise.resolve(true)), 'MissingHeaderError'],
      [z.object({}), 'DecodeError'],
      [wrong as Schema, 'ConfigError'],
    ] as const)
      expect(await rejection(read[reader](set.api.get('/'), { headers: given }))).toMatchObject({ name })
  })

  test('names of prototypes are names', async () => {
    const init = answer('1', jsonType, { headers: { constructor: 'c', __proto__x: 'p' } })
    const api = clientOf(init)
    const { headers: bound } = await api.get('/').json(z.number(), { headers: z.record(z.string(), z.string()) })
    expect(bound).toMatchObject({ constructor: 'c' })
    expect(Object.getPrototypeOf(bound)).toBe(Object.prototype)
    await using set = await scene((_request, response) => {
      response.setHeader('__proto__', 'evil')
      response.end('1')
    })
    for (const schema of [z.record(z.string(), z.string()), z.looseObject({}), v.looseObject({}), type('object')])
      await set.api
        .get('/')
        .json(z.number(), { headers: schema })
        .catch(() => undefined)
    expect(Reflect.get({}, 'evil')).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Object.getPrototypeOf(Object.prototype)).toBeNull()
  })
})
