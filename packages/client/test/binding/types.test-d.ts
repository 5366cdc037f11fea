import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  createClient,
  form,
  json,
  rootPart,
  withJsonSchema,
  xml,
  type BoundAnswer,
  type ClientPart,
  type FormValue,
  type HeaderList,
  type Part,
  type Problem,
  type SavedPart,
  type Schema,
  type StatusError,
  type XmlValue,
} from '../../src/index.ts'

const api = createClient('http://a.test')
const call = api.get('/')
const response = await api.get('/')

const User = z.object({
  id: z.number(),
  at: z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
  tag: z.string().optional(),
  big: z.string().transform(BigInt),
})
interface UserOut {
  id: number
  at: Date
  tag?: string | undefined
  big: bigint
}
const Valibot = v.object({ id: v.number(), list: v.array(v.picklist(['a', 'b'])) })
interface ValibotOut {
  id: number
  list: ('a' | 'b')[]
}
const Ark = type({ id: 'number', 'name?': 'string' })
interface ArkOut {
  id: number
  name?: string
}
const Rate = z.object({ 'x-rate': z.number(), 'set-cookie': z.array(z.string()) })
interface RateOut {
  'x-rate': number
  'set-cookie': string[]
}

describe('readers with a schema give what it makes', () => {
  test('of the promise', () => {
    expectTypeOf(call.json(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(call.xml(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(call.xml(User, { root: 'user', namespaces: 'strip' })).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(call.form(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(call.record(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(call.record(User, { root: 'user' })).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(call.json(Valibot)).resolves.toEqualTypeOf<ValibotOut>()
    expectTypeOf(call.record(Ark)).resolves.toEqualTypeOf<ArkOut>()
    expectTypeOf(call.form(Ark)).resolves.toEqualTypeOf<ArkOut>()
    expectTypeOf(call.xml(Valibot)).resolves.toEqualTypeOf<ValibotOut>()
    expectTypeOf(call.json(z.union([z.literal(1), z.literal('x')]))).resolves.toEqualTypeOf<1 | 'x'>()
    expectTypeOf(call.json(User.optional())).resolves.toEqualTypeOf<UserOut | undefined>()
    expectTypeOf(call.json(withJsonSchema(User, {}))).resolves.toEqualTypeOf<UserOut>()
  })

  test('of the response', () => {
    expectTypeOf(response.json(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(response.xml(Ark)).resolves.toEqualTypeOf<ArkOut>()
    expectTypeOf(response.form(Valibot)).resolves.toEqualTypeOf<ValibotOut>()
    expectTypeOf(response.record(User)).resolves.toEqualTypeOf<UserOut>()
  })

  test('with headers both', () => {
    expectTypeOf(call.json(User, { headers: Rate })).resolves.toEqualTypeOf<BoundAnswer<UserOut, RateOut>>()
    expectTypeOf(call.xml(User, { headers: Rate, root: 'r' })).resolves.toEqualTypeOf<BoundAnswer<UserOut, RateOut>>()
    expectTypeOf(call.form(User, { headers: Ark })).resolves.toEqualTypeOf<BoundAnswer<UserOut, ArkOut>>()
    expectTypeOf(response.record(Ark, { headers: Rate })).resolves.toEqualTypeOf<BoundAnswer<ArkOut, RateOut>>()
  })

  test('records one by one', () => {
    expectTypeOf(call.xmlRecords('feed/entry', User)).toEqualTypeOf<AsyncIterable<UserOut>>()
    expectTypeOf(response.xmlRecords('feed/entry', Ark, { lax: true })).toEqualTypeOf<AsyncIterable<ArkOut>>()
    expectTypeOf(call.xmlRecords('feed/entry')).toEqualTypeOf<AsyncIterable<XmlValue>>()
    expectTypeOf(call.xmlRecords('feed/entry', undefined, { maxBytes: 1 })).toEqualTypeOf<AsyncIterable<XmlValue>>()
  })
})

describe('parts', () => {
  const held = response.bodyParts()
  const part = {} as ClientPart

  test('have the readers of a response', () => {
    expectTypeOf(part.json(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(part.xml(Valibot, { root: 'x' })).resolves.toEqualTypeOf<ValibotOut>()
    expectTypeOf(part.form(Ark)).resolves.toEqualTypeOf<ArkOut>()
    expectTypeOf(part.record(User)).resolves.toEqualTypeOf<UserOut>()
    expectTypeOf(part.json(User, { headers: Rate })).resolves.toEqualTypeOf<BoundAnswer<UserOut, RateOut>>()
    expectTypeOf(part.json()).resolves.toEqualTypeOf<unknown>()
    expectTypeOf(part.xml()).resolves.toEqualTypeOf<XmlValue | undefined>()
    expectTypeOf(part.form()).resolves.toEqualTypeOf<FormValue | undefined>()
    expectTypeOf(part.xmlRecords('a/b', Ark)).toEqualTypeOf<AsyncIterable<ArkOut>>()
    expectTypeOf(part.text()).resolves.toEqualTypeOf<string>()
    expectTypeOf(part.bytes()).resolves.toEqualTypeOf<Uint8Array>()
    expectTypeOf(part.saveTo('x')).resolves.toEqualTypeOf<SavedPart>()
    expectTypeOf(part).toExtend<Part>()
  })

  test('come from responses, and from parts', async () => {
    expectTypeOf(call.parts()).toEqualTypeOf<AsyncIterable<ClientPart>>()
    expectTypeOf(response.parts()).toEqualTypeOf<AsyncIterableIterator<ClientPart>>()
    expectTypeOf(part.parts()).toEqualTypeOf<AsyncIterableIterator<ClientPart>>()
    expectTypeOf(call.bodyParts()).resolves.toEqualTypeOf<readonly ClientPart[]>()
    expectTypeOf(rootPart(await held)).toEqualTypeOf<ClientPart | undefined>()
    expectTypeOf(rootPart([] as readonly Part[])).toEqualTypeOf<Part | undefined>()
    for await (const one of call.parts()) expectTypeOf(one.json(Ark)).resolves.toEqualTypeOf<ArkOut>()
  })

  test('refuse what a response refuses', () => {
    // @ts-expect-error no schema
    void part.json({})
    // @ts-expect-error no such option
    void part.xml(User, { rot: 'r' })
    // @ts-expect-error a schema is wanted
    void part.record()
    // @ts-expect-error a part has no status
    void part.match({ 200: User })
    expectTypeOf(part).not.toBeAny()
  })
})

test('readers without a schema give what the format has', () => {
  expectTypeOf(call.json()).resolves.toEqualTypeOf<unknown>()
  expectTypeOf(call.xml()).resolves.toEqualTypeOf<XmlValue | undefined>()
  expectTypeOf(call.xml(undefined, { root: 'r' })).resolves.toEqualTypeOf<XmlValue | undefined>()
  expectTypeOf(response.form()).resolves.toEqualTypeOf<FormValue | undefined>()
})

describe('match', () => {
  const Fault = z.object({ why: z.string() })

  test('is told apart by status', async () => {
    const out = await call.match({ 200: User, 404: Fault, '5xx': null, default: Ark })
    if (out.status === 200) expectTypeOf(out.body).toEqualTypeOf<UserOut>()
    else if (out.status === 404) expectTypeOf(out.body).toEqualTypeOf<{ why: string }>()
    else if (out.status === 503) expectTypeOf(out.body).toEqualTypeOf<undefined>()
    else if (out.status === 302) expectTypeOf(out.body).toEqualTypeOf<ArkOut>()
    expectTypeOf(out.headers).toEqualTypeOf<HeaderList>()
  })

  test('takes an exact status out of its class, and both out of the default', async () => {
    const out = await response.match({ '4xx': Fault, 404: null, default: User })
    type Found = Extract<typeof out, { readonly body: { why: string } }>['status']
    expectTypeOf<404>().not.toExtend<Found>()
    expectTypeOf<400>().toExtend<Found>()
    expectTypeOf<499>().toExtend<Found>()
    expectTypeOf<500>().not.toExtend<Found>()
    type Other = Extract<typeof out, { readonly body: { id: number } }>['status']
    expectTypeOf<404>().not.toExtend<Other>()
    expectTypeOf<409>().not.toExtend<Other>()
    expectTypeOf<200>().toExtend<Other>()
  })

  test('has only the statuses of its cases', async () => {
    const out = await call.match({ 201: User, 204: null })
    expectTypeOf(out.status).toEqualTypeOf<201 | 204>()
    expectTypeOf(out.body).toEqualTypeOf<UserOut | undefined>()
    // @ts-expect-error no case has it
    expectTypeOf(out.status === 404).toBeBoolean()
  })

  test('binds headers per case', async () => {
    const out = await call.match({
      200: { body: User, headers: Rate, mediaType: 'application/json' },
      202: { headers: Ark, mediaType: ['a/b', 'c/d'] },
      204: { body: null },
      404: Fault,
    })
    if (out.status === 200) {
      expectTypeOf(out.body).toEqualTypeOf<UserOut>()
      expectTypeOf(out.headers).toEqualTypeOf<RateOut>()
    } else if (out.status === 202) {
      expectTypeOf(out.body).toEqualTypeOf<undefined>()
      expectTypeOf(out.headers).toEqualTypeOf<ArkOut>()
    } else if (out.status === 204) {
      expectTypeOf(out.body).toEqualTypeOf<undefined>()
      expectTypeOf(out.headers).toEqualTypeOf<HeaderList>()
    } else expectTypeOf(out.status).toEqualTypeOf<404>()
  })

  test('takes keys that are no literals of numbers, too', async () => {
    const out = await call.match({ '200': User })
    expectTypeOf(out.status).toEqualTypeOf<200>()
  })

  test('refuses what is no case', () => {
    // @ts-expect-error no status
    void call.match({ 2000: User })
    // @ts-expect-error no class
    void call.match({ '6xx': User })
    // @ts-expect-error no class
    void call.match({ '4XX': User })
    // @ts-expect-error no key
    void call.match({ ok: User })
    // @ts-expect-error no schema
    void call.match({ 200: 5 })
    // @ts-expect-error no schema
    void call.match({ 200: { body: 5 } })
    // @ts-expect-error no schema
    void response.match({ 200: { headers: 'x' } })
    // @ts-expect-error no media type
    void response.match({ 200: { mediaType: 5 } })
    // @ts-expect-error cases are wanted
    void call.match()
    expectTypeOf(call).not.toBeAny()
  })
})

test('wrong use of readers is an error', () => {
  // @ts-expect-error no schema
  void call.json({})
  // @ts-expect-error no schema
  void call.xml(5)
  // @ts-expect-error a schema is wanted
  void call.record()
  // @ts-expect-error no such option
  void call.json(User, { root: 'r' })
  // @ts-expect-error no such option
  void call.xml(User, { rot: 'r' })
  // @ts-expect-error no such doctype
  void call.xml(User, { doctype: 'external' })
  // @ts-expect-error no schema of headers
  void call.json(User, { headers: {} })
  // @ts-expect-error headers go with a schema of the body
  void call.json(undefined, { headers: Rate })
  // @ts-expect-error forms have no options but headers
  void call.form(User, { maxFields: 5 })
  // @ts-expect-error a path is wanted
  call.xmlRecords()
  // @ts-expect-error root is the path's
  call.xmlRecords('a/b', User, { root: 'a' })
  // @ts-expect-error a promise is not what it is of
  const wrong: Promise<{ id: string }> = call.json(User)
  expectTypeOf(wrong).not.toBeAny()
})

test('options', () => {
  createClient('http://a.test', { binding: { lax: true, numbers: 'lossless', decimals: 'text' }, errorSchema: User })
  api.get('/', { binding: { validate: false, excerptBytes: 0 }, errorSchema: Ark })
  api.extend({ binding: { maxBytes: 5 }, errorSchema: Valibot })
  // @ts-expect-error unknown
  createClient('http://a.test', { binding: { laxx: true } })
  // @ts-expect-error a reader's
  createClient('http://a.test', { binding: { root: 'r' } })
  // @ts-expect-error a wrong type
  api.get('/', { binding: { lax: 'yes' } })
  // @ts-expect-error no schema
  api.get('/', { errorSchema: {} })
  // @ts-expect-error unknown
  api.extend({ errorShema: User })
  expectTypeOf(api).not.toBeAny()
})

test('helpers', () => {
  api.post('/', json({ a: 1 }, { schema: User, mediaType: 'application/a+json' }))
  api.post('/', xml({ a: 1 }, { root: 'r', indent: 2, declaration: false, namespaces: { x: 'urn:x' } }))
  api.post('/', form({ a: 1 }, { schema: Ark }))
  // @ts-expect-error no schema
  json({}, { schema: {} })
  // @ts-expect-error unknown
  xml({}, { rot: 'r' })
  // @ts-expect-error unknown
  form({}, { root: 'r' })
  expectTypeOf(json).not.toBeAny()
})

test('the error of a status', () => {
  const error = {} as StatusError
  expectTypeOf(error.body).toEqualTypeOf<unknown>()
  expectTypeOf(error.problem).toEqualTypeOf<Problem | undefined>()
  expectTypeOf(error.problem?.title).toEqualTypeOf<string | undefined>()
  expectTypeOf(error.problem?.status).toEqualTypeOf<number | undefined>()
  expectTypeOf(error.excerpt).toEqualTypeOf<string>()
  expectTypeOf<Schema<number>>().toExtend<Schema>()
})
