import { eachProtocol } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { form } from '../../src/index.ts'
import { bodyOf, scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'
import { answer, clientOf, formType } from './kit/answers.ts'

describe('form() of a response', () => {
  const read = (body: string | Uint8Array, contentType = formType, binding = {}) =>
    clientOf(answer(body, contentType), { binding }).get('/').form()

  test.each<[string, unknown]>([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['a=&b&=c', { a: '', b: '', '': 'c' }],
    ['a=x%26y%3Dz&b=%2B+%20', { a: 'x&y=z', b: '+  ' }],
    ['a%5Bb%5D=1&a[c]=2', { 'a[b]': '1', 'a[c]': '2' }],
    ['&&a=1&&', { a: '1' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=%E4%BD%A0', { a: '你' }],
    ['007=0x1F&n=1.10', { '007': '0x1F', n: '1.10' }],
  ])('%s', async (body, expected) => {
    expect(await read(body)).toEqual(expected)
    expect(await (await clientOf(answer(body, `${formType}; charset=utf-8`)).get('/')).form()).toEqual(expected)
  })

  test('in another charset', async () => {
    expect(await read('a=%E4', `${formType}; charset=iso-8859-1`)).toEqual({ a: 'ä' })
  })

  test.each(['a=%', 'a=%zz', 'a=%ff', '%e4=1'])('refuses bad encoding, with its place: %s', async (body) => {
    const error = await rejection(read(body))
    expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', line: 1, column: expect.any(Number) })
  })

  test.each(['text/plain', 'application/json', 'text/html', 'multipart/form-data; boundary=x'])(
    'refuses %s, naming both',
    async (contentType) => {
      const error = await rejection(read('a=1', contentType))
      expect(error).toMatchObject({ name: 'DecodeError', code: 'decode' })
      expect(String(error)).toContain(`is ${contentType}; asked for a form`)
    },
  )

  test('refuses none at all', async () => {
    expect(String(await rejection(clientOf(answer('a=1', undefined)).get('/').form()))).toContain(
      'has no content type; asked for a form',
    )
  })

  test('has limits', async () => {
    for (const [binding, good, bad] of [
      [{ maxBytes: 3 }, 'a=1', 'a=12'],
      [{ maxFields: 2 }, 'a=1&a=2', 'a=1&a=2&b=3'],
      [{ maxNameLength: 3 }, 'abc=1', 'abcd=1'],
    ] as const) {
      expect(Object.keys(Object(await read(good, formType, binding)))).toHaveLength(1)
      expect(await rejection(read(bad, formType, binding))).toMatchObject({ name: 'DecodeError' })
    }
    expect(await rejection(read('a=1&'.repeat(20_000)))).toMatchObject({ code: 'too-large' })
    const deep = z.object({ a: z.any() })
    const nested = `a${'[a]'.repeat(600)}=1`
    const outcome: unknown = await clientOf(answer(nested, formType), { binding: { maxNameLength: 10_000 } })
      .get('/')
      .form(deep)
      .catch((error: unknown) => error)
    expect(outcome).toBeDefined()
  })

  test('nests where the schema has records', async () => {
    const schema = z.object({
      user: z.object({ name: z.string(), tags: z.array(z.string()), at: z.object({ zip: z.string() }) }),
      list: z.array(z.object({ n: z.number(), ok: z.boolean().optional() })),
      'a[b]': z.string().optional(),
    })
    expect(
      await clientOf(
        answer(
          'user[name]=x&user[tags]=1&user[tags]=2&user[at][zip]=007&list[1][n]=2&list[0][n]=1&list[0][ok]=true',
          formType,
        ),
      )
        .get('/')
        .form(schema),
    ).toEqual({
      user: { name: 'x', tags: ['1', '2'], at: { zip: '007' } },
      list: [{ n: 1, ok: true }, { n: 2 }],
    })
    for (const body of ['user=x&user[name]=y', 'list[0][n]=1&list[2][n]=2'])
      expect(await rejection(clientOf(answer(body, formType)).get('/').form(schema))).toMatchObject({
        name: 'DecodeError',
      })
  })

  test('never lets a name reach a prototype', async () => {
    for (const body of [
      '__proto__=1',
      '__proto__[polluted]=1',
      'a[__proto__][polluted]=1',
      'constructor[prototype][polluted]=1',
      'a[constructor][prototype][polluted]=1',
      '%5f_proto__%5Bpolluted%5D=1',
    ]) {
      for (const prototypeKeys of ['error', 'drop'] as const) {
        const api = clientOf(answer(body, formType), { binding: { prototypeKeys } })
        const nested = z.looseObject({ a: z.looseObject({}).optional(), constructor: z.looseObject({}).optional() })
        for (const schema of [nested, z.record(z.string(), z.any()), v.looseObject({}), type('object')]) {
          for (const call of [
            () => api.get('/').form(),
            () => api.get('/').form(schema),
            () => api.get('/').record(schema),
          ]) {
            const value: unknown = await call().catch((error: unknown) => error)
            if (prototypeKeys === 'error') expect(value).toMatchObject({ name: 'DecodeError', code: 'decode' })
          }
        }
      }
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(await read('__proto__=1&a=2', formType, { prototypeKeys: 'drop' })).toEqual({ a: '2' })
  })
})

describe.each(eachProtocol)('the helper form() over $name', (protocol) => {
  test('writes names and values, nested and repeated, with its media type', async () => {
    const seen: (readonly [string | undefined, string])[] = []
    await using set = await scene(
      async (request, response) => {
        seen.push([request.headers['content-type'], (await bodyOf(request)).toString()])
        response.end()
      },
      {},
      protocol,
    )
    const value = {
      'a b': 'x&y=z ä',
      n: 1,
      ok: true,
      big: 2n ** 64n,
      no: undefined,
      empty: [],
      list: ['x', 'y'],
      at: new Date(0),
    }
    await set.api.post('/', form(value)).discard()
    await set.api.post('/', form({ user: { name: 'x' }, list: [{ n: 1 }] })).discard()
    await set.api
      .post(
        '/',
        form([
          ['a', '1'],
          ['a', '2'],
        ]),
      )
      .discard()
    await set.api.post('/', form(new URLSearchParams('a=1&b=2'), { mediaType: 'application/x.y' })).discard()
    expect(seen).toEqual([
      [
        formType,
        'a+b=x%26y%3Dz+%C3%A4&n=1&ok=true&big=18446744073709551616&list=x&list=y&at=1970-01-01T00%3A00%3A00.000Z',
      ],
      [formType, 'user%5Bname%5D=x&list%5B0%5D%5Bn%5D=1'],
      [formType, 'a=1&a=2'],
      ['application/x.y', 'a=1&b=2'],
    ])
  })

  test.each<[string, unknown]>([
    ['null', { a: null }],
    ['NaN', { a: Number.NaN }],
    ['undefined in a list', { a: [undefined] }],
    ['values and records mixed', { a: ['x', { b: 1 }] }],
    ['a lone surrogate', { a: '\ud800' }],
    ['a name with brackets', { a: { 'b]': 1 } }],
    ['two fields of one name', { 'a[b]': 1, a: { b: 2 } }],
    ['a Map inside', { a: new Map() }],
    ['text', 'a=1'],
    ['nothing', undefined],
  ])('refuses %s, and sends nothing', async (_name, value) => {
    await using set = await scene((_request, response) => void response.end(), {}, protocol)
    expect(await rejection(set.api.post('/', form(value)))).toMatchObject({
      name: 'BodyError',
      code: 'encode',
      sent: 'no',
    })
    expect(set.server.requests).toBe(0)
  })
})
