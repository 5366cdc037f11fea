import { isDeepStrictEqual } from 'node:util'
import { eachProtocol, type ServerHandler } from '@halyard/testing'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { form, isHttpError, json, xml, type HttpClient, type ResponsePromise, type Schema } from '../../src/index.ts'
import { bodyOf, scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'
import { answer, clientOf, formType, jsonType, xmlType } from './kit/answers.ts'
import { anyNames, anySample, nastyText, plainText, simpleNames, type Sample } from './kit/any-record.ts'

/** Answers with the body that came, as the type that it came as. */
const mirror: ServerHandler = async (request, response) => {
  const body = await bodyOf(request)
  response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'none/none' })
  response.end(body)
}

type Read = (call: ResponsePromise, schema: Schema) => Promise<unknown>

interface Way {
  readonly body: (value: unknown, schema: Schema) => unknown
  /** Each has to come to the same. */
  readonly reads: readonly Read[]
}

const matched: Read = async (call, schema) => {
  const { body } = await call.match({ 200: schema })
  return body
}

const ways: Readonly<Record<'json' | 'xml' | 'form', Way>> = {
  json: {
    body: (value, schema) => json(value, { schema }),
    reads: [
      (call, schema) => call.json(schema),
      (call, schema) => call.record(schema),
      async (call, schema) => (await call).json(schema),
      matched,
    ],
  },
  xml: {
    body: (value, schema) => xml(value, { schema, root: 'record' }),
    reads: [
      (call, schema) => call.xml(schema, { root: 'record' }),
      (call, schema) => call.record(schema, { root: 'record' }),
      async (call, schema) => (await call).xml(schema, { root: 'record' }),
    ],
  },
  form: {
    body: (value, schema) => form(value, { schema }),
    reads: [
      (call, schema) => call.form(schema),
      (call, schema) => call.record(schema),
      async (call, schema) => (await call).form(schema),
      matched,
    ],
  },
}

const refusals = ['BodyError', 'DecodeError', 'ValidationError']

/** `equal`, `different`, or the name of the error that refused. */
async function outcome(value: unknown, read: () => Promise<unknown>): Promise<string> {
  try {
    return isDeepStrictEqual(await read(), value) ? 'equal' : 'different'
  } catch (error) {
    const { name } = Object(error)
    if (refusals.includes(name)) return name
    throw error
  }
}

async function outcomes(api: HttpClient, way: Way, { schema, value }: Sample): Promise<string[]> {
  const call = (): ResponsePromise => api.put('/', way.body(value, schema))
  return await Promise.all(way.reads.map((read) => outcome(value, () => read(call(), schema))))
}

describe.each(Object.entries(ways))('what %s() sent', (name, way) => {
  const nulls = name !== 'form'
  const lossless = { binding: { numbers: 'lossless' } } as const

  test('comes back equal: any record of common names and text', async () => {
    await using set = await scene(mirror, lossless)
    const samples = anySample({ names: simpleNames, text: plainText, nulls, hollow: nulls })
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        expect(await outcomes(set.api, way, sample)).toEqual(way.reads.map(() => 'equal'))
      }),
    )
  }, 30_000)

  test('comes back equal or is refused by type: any record at all', async () => {
    await using set = await scene(mirror, lossless)
    const samples = anySample({ names: anyNames, text: nastyText, nulls: true, hollow: true })
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        const [first, ...others] = await outcomes(set.api, way, sample)
        expect(['equal', ...refusals]).toContain(first)
        // The readers agree.
        expect(others).toEqual(others.map(() => first))
        seen.add(String(first))
      }),
    )
    expect(seen).toContain('equal')
  }, 30_000)
})

describe.each(eachProtocol)('over $name', (protocol) => {
  const schema = z.strictObject({
    name: z.string(),
    zip: z.string(),
    price: z.string(),
    count: z.int(),
    big: z.bigint(),
    ok: z.boolean(),
    tags: z.array(z.string()),
    one: z.array(z.number()),
    many: z.array(z.object({ id: z.int(), inner: z.object({ at: z.string() }) })),
    gone: z.string().optional(),
  })
  const value = {
    name: ' ]]> & <b> "quotes" \'single\' ä€😀 %41+= ',
    zip: '007',
    price: '1.10',
    count: 42,
    big: 2n ** 70n,
    ok: false,
    tags: [],
    one: [5],
    many: [
      { id: 1, inner: { at: 'x' } },
      { id: 2, inner: { at: 'y' } },
    ],
  }

  test.each(Object.entries(ways))('a record of all kinds comes back from %s', async (_name, way) => {
    await using set = await scene(mirror, { binding: { numbers: 'lossless' } }, protocol)
    expect(await outcomes(set.api, way, { schema, value })).toEqual(way.reads.map(() => 'equal'))
  })

  test('a value that does not fit is not sent', async () => {
    await using set = await scene(mirror, {}, protocol)
    for (const way of Object.values(ways)) {
      const error = await rejection(set.api.put('/', way.body({ ...value, count: 'many' }, schema)))
      expect(error).toMatchObject({ name: 'ValidationError', at: 'request', issues: [{ path: ['count'] }] })
    }
    expect(set.server.requests).toBe(0)
  })

  test('schemas of other libraries, also asynchronous ones', async () => {
    await using set = await scene(mirror, {}, protocol)
    const slow = z
      .object({ id: z.number(), name: z.string() })
      .refine(async ({ id }) => await Promise.resolve(id > 0), { message: 'too small', path: ['id'] })
    const plain = { id: 1, name: 'Ada' }
    for (const library of [
      v.object({ id: v.number(), name: v.string() }),
      type({ id: 'number', name: 'string' }),
      slow,
    ]) {
      expect(await set.api.put('/', json(plain, { schema: library })).json(library)).toEqual(plain)
      expect(await set.api.put('/', json(plain)).record(library)).toEqual(plain)
      expect(await set.api.put('/', json(plain)).match({ '2xx': library })).toMatchObject({ status: 200, body: plain })
    }
    for (const library of [type({ id: 'number', name: 'string' }), slow]) {
      expect(await set.api.put('/', xml(plain, { root: 'r', schema: library })).xml(library, { root: 'r' })).toEqual(
        plain,
      )
      expect(await set.api.put('/', form(plain, { schema: library })).form(library)).toEqual(plain)
    }
    const bad = { id: 0, name: 'Ada' }
    const calls: readonly (() => PromiseLike<unknown>)[] = [
      () => set.api.put('/', json(bad, { schema: slow })),
      () => set.api.put('/', json(bad)).json(slow),
      () => set.api.put('/', json(bad)).record(slow),
      () => set.api.put('/', xml(bad, { root: 'r' })).xml(slow, { root: 'r' }),
      () => set.api.put('/', form(bad)).form(slow),
      () => set.api.put('/', json(bad)).match({ 200: slow }),
    ]
    for (const call of calls)
      expect(await rejection(call())).toMatchObject({
        name: 'ValidationError',
        issues: [{ message: 'too small', path: ['id'] }],
      })
  })
})

/** Reads one field, given as text, out of a document of each format that has only text. */
async function fieldOf(text: string, field: Schema & z.ZodType, more = ''): Promise<unknown[]> {
  const schema = z.object({ a: field })
  const xmlBody = text === '' ? `<r>${more}</r>` : `<r><a>${text}</a>${more}</r>`
  const formBody = text === '' ? 'z=1' : `a=${encodeURIComponent(text)}`
  return await Promise.all(
    [
      clientOf(answer(xmlBody, xmlType)).get('/').xml(schema, { root: 'r' }),
      clientOf(answer(formBody, formType)).get('/').form(schema),
    ].map(async (read) => {
      try {
        const { a } = await read
        return a
      } catch (error) {
        return Object(error).name
      }
    }),
  )
}

describe('text arrives as the schema says', () => {
  const timestamp = z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })
  test.each<[string, string, Schema & z.ZodType, unknown]>([
    ['leading zeros of text', '007', z.string(), '007'],
    ['leading zeros of a number', '007', z.number(), 7],
    ['leading zeros of either', '007', z.union([z.number(), z.string()]), '007'],
    ['a price as text', '1.10', z.string(), '1.10'],
    ['a price as a number', '1.10', z.number(), 1.1],
    ['a fraction is no integer', '1.10', z.int(), 'ValidationError'],
    ['hexadecimal as text', '0x1F', z.string(), '0x1F'],
    ['hexadecimal is no number', '0x1F', z.number(), 'ValidationError'],
    ['nor a big integer', '0x1F', z.bigint(), 'ValidationError'],
    ['an exponent', '1e3', z.number(), 1000],
    ['infinity is no number', 'Infinity', z.number(), 'ValidationError'],
    ['nothing is no number', ' ', z.number(), 'ValidationError'],
    ['a big integer as text', '9007199254740993', z.string(), '9007199254740993'],
    ['a big integer', '9007199254740993', z.bigint(), 9007199254740993n],
    ['a big integer is no double', '9007199254740993', z.number(), 'ValidationError'],
    ['booleans', 'true', z.boolean(), true],
    ['text that looks like one', 'true', z.string(), 'true'],
    ['null is text', 'null', z.string(), 'null'],
    ['a date', '2026-01-02T03:04:05Z', z.date(), new Date('2026-01-02T03:04:05Z')],
    ['a date by a codec', '2026-01-02T03:04:05Z', timestamp, new Date('2026-01-02T03:04:05Z')],
    ['a date as text', '2026-01-02', z.string(), '2026-01-02'],
    ['a day that is none', '2026-02-30T00:00:00Z', z.date(), 'ValidationError'],
    ['coerced', '5', z.coerce.number(), 5],
    ['a list of one', '5', z.array(z.number()), [5]],
    ['a list of one as text', '5', z.array(z.string()), ['5']],
    ['no list', '', z.array(z.string()), []],
    ['an enumeration', 'b', z.enum(['a', 'b']), 'b'],
    ['a literal of a number', '2', z.literal([1, 2]), 2],
  ])('%s', async (_name, text, field, expected) => {
    expect(await fieldOf(text, field)).toEqual([expected, expected])
  })

  test('lists of 0, 1 and many elements are lists, in every format', async () => {
    const schema = z.object({ item: z.array(z.object({ n: z.number() })) })
    for (const count of [0, 1, 2, 5]) {
      const value = { item: Array.from({ length: count }, (_one, n) => ({ n })) }
      const documents = [
        [JSON.stringify(value), jsonType],
        [`<r>${value.item.map(({ n }) => `<item><n>${n}</n></item>`).join('')}</r>`, xmlType],
        [value.item.map(({ n }) => `item[${n}][n]=${n}`).join('&') || 'other=1', formType],
      ] as const
      for (const [body, contentType] of documents)
        expect(await clientOf(answer(body, contentType)).get('/').record(schema, { root: 'r' })).toEqual(value)
    }
  })

  test('what has types keeps them: no text of JSON is converted', async () => {
    const schema = z.object({ a: z.number() })
    expect(await rejection(clientOf(answer('{"a":"5"}', jsonType)).get('/').json(schema))).toMatchObject({
      name: 'ValidationError',
    })
    expect(
      await rejection(
        clientOf(answer('{"a":5}', jsonType))
          .get('/')
          .json(z.object({ a: z.array(z.number()) })),
      ),
    ).toMatchObject({ name: 'ValidationError' })
  })
})

describe('lax binding', () => {
  const schema = z.strictObject({ a: z.string().optional(), b: z.string().nullable(), c: z.number() })
  const loose = '{"a":null,"c":1,"extra":true}'
  const bound = { b: null, c: 1 }
  const init = answer(loose, jsonType)
  const strictly = { name: 'ValidationError' }

  test('is off unless asked for, by client or call; a call can switch it off', async () => {
    expect(await rejection(clientOf(init).get('/').json(schema))).toMatchObject(strictly)
    const lax = clientOf(init, { binding: { lax: true } })
    expect(await lax.get('/').json(schema)).toEqual(bound)
    expect(
      await clientOf(init)
        .get('/', { binding: { lax: true } })
        .json(schema),
    ).toEqual(bound)
    expect(await rejection(lax.get('/', { binding: { lax: false } }).json(schema))).toMatchObject(strictly)
    // What a call says of other things leaves it on.
    expect(await lax.get('/', { binding: { excerptBytes: 0 } }).json(schema)).toEqual(bound)
    expect(
      await lax
        .extend({ binding: { validate: true } })
        .get('/')
        .json(schema),
    ).toEqual(bound)
    expect(
      await rejection(
        lax
          .extend({ binding: { lax: false } })
          .get('/')
          .json(schema),
      ),
    ).toMatchObject(strictly)
  })

  test('holds for every reader', async () => {
    const binding = { lax: true }
    expect(await clientOf(init, { binding }).get('/').record(schema)).toEqual(bound)
    expect(await clientOf(init, { binding }).get('/').match({ 200: schema })).toMatchObject({ body: bound })
    const document = answer(
      '<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a xsi:nil="true"/><c>1</c><extra/></r>',
      xmlType,
    )
    expect(await clientOf(document, { binding }).get('/').xml(schema, { root: 'r' })).toEqual(bound)
    expect(await rejection(clientOf(document).get('/').xml(schema, { root: 'r' }))).toMatchObject(strictly)
    const sent = answer('c=1&extra=true', formType)
    expect(await clientOf(sent, { binding }).get('/').form(schema)).toEqual(bound)
    expect(await rejection(clientOf(sent).get('/').form(schema))).toMatchObject(strictly)
  })

  test('does not forgive a required field, nor a wrong type', async () => {
    for (const body of ['{"a":"x","b":null}', '{"b":"x","c":null}', '{"b":"x","c":"1"}'])
      expect(
        await rejection(
          clientOf(answer(body, jsonType), { binding: { lax: true } })
            .get('/')
            .json(schema),
        ),
      ).toMatchObject({ ...strictly, issues: [{ path: ['c'] }] })
  })
})

describe('validation', () => {
  const schema = z.strictObject({ n: z.number().max(5), list: z.array(z.string()) })
  const documents: readonly (readonly [string, string, unknown])[] = [
    ['{"n":9,"list":["a"],"extra":1}', jsonType, { n: 9, list: ['a'], extra: 1 }],
    ['<r><n>9</n><list>a</list><extra>1</extra></r>', xmlType, { n: 9, list: ['a'], extra: '1' }],
    ['n=9&list=a&extra=1', formType, { n: 9, list: ['a'], extra: '1' }],
  ]

  test.each(documents)('is on, and switched off gives the converted value: %s', async (body, contentType, value) => {
    const api = clientOf(answer(body, contentType))
    const off = { binding: { validate: false } }
    expect(await rejection(api.get('/').record(schema, { root: 'r' }))).toMatchObject({ name: 'ValidationError' })
    expect(await api.get('/', off).record(schema, { root: 'r' })).toEqual(value)
    const without = clientOf(answer(body, contentType), off)
    expect(await without.get('/').record(schema, { root: 'r' })).toEqual(value)
    expect(
      await rejection(without.get('/', { binding: { validate: true } }).record(schema, { root: 'r' })),
    ).toMatchObject({ name: 'ValidationError' })
  })

  test.each(documents)('closed records name the field that they do not know: %s', async (body, contentType) => {
    const closed = z.strictObject({ n: z.number(), list: z.array(z.string()) })
    const error = await rejection(clientOf(answer(body, contentType)).get('/').record(closed, { root: 'r' }))
    expect(error).toMatchObject({ name: 'ValidationError', at: 'body', status: 200, mediaType: contentType })
    expect(String(error)).toContain('extra')
    const open = z.object({ n: z.number(), list: z.array(z.string()) })
    expect(await clientOf(answer(body, contentType)).get('/').record(open, { root: 'r' })).toEqual({
      n: 9,
      list: ['a'],
    })
  })

  test('an error says path, rule, status and media type', async () => {
    const Users = z.object({ users: z.array(z.object({ address: z.object({ zip: z.string().length(5) }) })) })
    const good = { address: { zip: '12345' } }
    const value = { users: [good, good, good, { address: { zip: '123' } }] }
    const answers = [
      [answer(JSON.stringify(value), 'application/vnd.users+json; charset=utf-8', { status: 203 }), 'vnd.users+json'],
      [
        answer(
          `<r>${value.users.map(({ address }) => `<users><address><zip>${address.zip}</zip></address></users>`).join('')}</r>`,
          xmlType,
          { status: 203 },
        ),
        'xml',
      ],
      [
        answer(value.users.map(({ address }, at) => `users[${at}][address][zip]=${address.zip}`).join('&'), formType, {
          status: 203,
        }),
        'x-www-form-urlencoded',
      ],
    ] as const
    for (const [init, subtype] of answers) {
      for (const read of [
        () => clientOf(init).get('/p').record(Users, { root: 'r' }),
        async () => (await clientOf(init).get('/p')).record(Users, { root: 'r' }),
      ]) {
        const error = await rejection(read())
        expect(String(error)).toBe(
          `ValidationError: GET http://a.test/p: the response's body (status 203, application/${subtype}) does not fit its ` +
            'schema: users[3].address.zip: Too small: expected string to have exactly 5 characters',
        )
        expect(error).toMatchObject({
          at: 'body',
          status: 203,
          issues: [{ path: ['users', 3, 'address', 'zip'] }],
          target: 'GET http://a.test/p',
        })
        expect(isHttpError(error)).toBe(false)
      }
    }
  })
})
