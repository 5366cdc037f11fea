import { BodyError, ValidationError, type RequestBody } from '@halyard/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { encodeForm, formBody } from '../../src/form/index.ts'

function refusalOf(value: object): BodyError {
  try {
    encodeForm(value)
  } catch (error) {
    if (error instanceof BodyError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function textOf(body: RequestBody): string {
  const bytes = body.open()
  if (!(bytes instanceof Uint8Array)) throw new Error('not in memory')
  expect(body.length).toBe(bytes.byteLength)
  return new TextDecoder().decode(bytes)
}

class Login {
  user = 'ada'
  password = 'x y'
}

describe('what is written', () => {
  const table: readonly (readonly [string, object, string])[] = [
    ['nothing', {}, ''],
    [
      'scalars',
      { a: 1, b: true, c: 'x', d: 10n ** 20n, e: -1.5, f: 1e21 },
      'a=1&b=true&c=x&d=100000000000000000000&e=-1.5&f=1e%2B21',
    ],
    ['a Date', { at: new Date(0) }, 'at=1970-01-01T00%3A00%3A00.000Z'],
    ['lists', { b: ['x', 'y'], c: ['z'], d: [] }, 'b=x&b=y&c=z'],
    ['records', { c: { d: 1, e: { f: [1, 2] } } }, 'c%5Bd%5D=1&c%5Be%5D%5Bf%5D=1&c%5Be%5D%5Bf%5D=2'],
    ['lists of records', { e: [{ f: 1, g: 2 }, { f: 3 }] }, 'e%5B0%5D%5Bf%5D=1&e%5B0%5D%5Bg%5D=2&e%5B1%5D%5Bf%5D=3'],
    ['lists of lists', { e: [[1, 2], [3]] }, 'e%5B0%5D=1&e%5B0%5D=2&e%5B1%5D=3'],
    ['undefined', { a: undefined, b: { c: undefined, d: 1 } }, 'b%5Bd%5D=1'],
    ['blanks and signs', { 'a b&=': ' +&=%#/é€' }, 'a+b%26%3D=+%2B%26%3D%25%23%2F%C3%A9%E2%82%AC'],
    ['the set of the URL standard', { a: "*-._!'()~" }, 'a=*-._%21%27%28%29%7E'],
    ['line ends as they are', { a: '\r\n\n' }, 'a=%0D%0A%0A'],
    ['empty names and values', { '': '', a: '' }, '=&a='],
    ['brackets of the caller', { 'tags[]': ['a', 'b'] }, 'tags%5B%5D=a&tags%5B%5D=b'],
    ['an instance', new Login(), 'user=ada&password=x+y'],
    ['no prototype', Object.assign(Object.create(null), { a: 1 }), 'a=1'],
    [
      'the same list twice',
      (() => {
        const list = [1]
        return { a: list, b: list }
      })(),
      'a=1&b=1',
    ],
    [
      'URLSearchParams',
      new URLSearchParams([
        ['a', '1'],
        ['a', 'x y'],
        ['', ''],
      ]),
      'a=1&a=x+y&=',
    ],
    [
      'a Map',
      new Map<string, unknown>([
        ['a', 1],
        ['b', { c: [2] }],
      ]),
      'a=1&b%5Bc%5D=2',
    ],
    [
      'pairs',
      [
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ],
      'a=1&b=2&a=3',
    ],
  ]
  test.each(table)('%s', (_name, value, text) => {
    expect(encodeForm(value)).toBe(text)
  })

  test('inherited fields are not sent', () => {
    expect(encodeForm(Object.create({ secret: 1 }, { a: { value: 1, enumerable: true } }))).toBe('a=1')
  })
})

describe('what is refused', () => {
  const cyclic: { a: { b: object[] } } = { a: { b: [] } }
  cyclic.a.b.push(cyclic)
  let deep: object = { x: 1 }
  for (let level = 0; level < 600; level += 1) deep = { a: deep }
  const table: readonly (readonly [string, object, string])[] = [
    ['null', { a: { b: null } }, 'null at a.b'],
    ['null in a list', { a: [1, null] }, 'null at a[1]'],
    ['undefined in a list', { a: [1, undefined] }, 'undefined in a list at a[1]'],
    ['NaN', { a: NaN }, 'NaN at a'],
    ['an invalid Date', { a: new Date(NaN) }, 'an invalid Date at a'],
    ['a function', { a: () => 1 }, 'a function at a'],
    ['a symbol', { a: Symbol('s') }, 'a symbol at a'],
    ['a lone surrogate', { a: 'x\ud800' }, 'a lone surrogate at a'],
    ['a lone surrogate in a name', { a: { '\udc00': 1 } }, 'a lone surrogate at a.\ufffd'],
    ['a cycle', cyclic, 'an object that holds itself at a.b[0]'],
    ['depth', deep, 'what nests deeper than 500'],
    ['an empty record', { a: {} }, 'a record inside of another without a field to write at a'],
    ['a record of nothing', { a: { b: [], c: undefined } }, 'without a field to write at a'],
    ['an empty list in a list', { a: [[1], []] }, 'a list inside of another without an item to write at a[1]'],
    ['values and records mixed', { a: [1, { b: 2 }] }, 'a list of values and records mixed at a'],
    ['brackets in an inner name', { a: { 'b]': 1 } }, 'a name that is empty or has brackets at a["b]"]'],
    ['an empty inner name', { a: { '': 1 } }, 'a name that is empty or has brackets'],
    ['two ways to a name', { a: { b: 1 }, 'a[b]': 2 }, 'a name that another field may come to at ["a[b]"]'],
    ['a Map inside', { a: new Map() }, 'a value of kind Map at a'],
    ['bytes', { a: Uint8Array.of(1) }, 'a value of kind Uint8Array at a'],
    ['a Promise', { a: Promise.resolve() }, 'a value of kind Promise at a'],
    ['a Promise alone', Promise.resolve(), 'a value of kind Promise is no form'],
    ['a Date alone', new Date(0), 'a value of kind Date is no form'],
    ['a list', [1, 2], 'pairs of a name and a value'],
    ['pairs of three', [['a', 1, 2]], 'pairs of a name and a value'],
    ['names that are no text', new Map([[1, 1]]), 'pairs of a name and a value'],
  ]
  test.each(table)('%s', (_name, value, words) => {
    const error = refusalOf(value)
    expect(error).toMatchObject({ name: 'BodyError', code: 'encode', sent: 'no', target: '' })
    expect(error.message).toContain('the request body cannot be written as a form: ')
    expect(error.message).toContain(words)
    expect(error.message.length).toBeLessThan(400)
  })

  test.each([undefined, null, 1, 'a=1', () => 1])('%s', (value) => {
    expect(() => Reflect.apply(encodeForm, undefined, [value])).toThrow(BodyError)
  })
})

describe('formBody', () => {
  test('has its type, or the one that is given', () => {
    const body = formBody({ a: 'é' })
    expectTypeOf(body).toEqualTypeOf<RequestBody>()
    expect([body.contentType, textOf(body)]).toEqual(['application/x-www-form-urlencoded', 'a=%C3%A9'])
    expect(formBody({}, { mediaType: 'application/x' }).contentType).toBe('application/x')
    expect(formBody({}, Object.create({ mediaType: 'application/x' })).contentType).not.toBe('application/x')
    expect(() => Reflect.apply(formBody, undefined, [{}, { mediaType: 1 }])).toThrow('mediaType')
  })

  test('sends what the schema makes of the value', async () => {
    const When = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    })
    const schema = z.object({ at: When, n: z.number() })
    const body = formBody({ at: new Date(0), n: 1 }, { schema })
    expectTypeOf(body).toEqualTypeOf<RequestBody | Promise<RequestBody>>()
    expect(textOf(await body)).toBe('at=1970-01-01T00%3A00%3A00.000Z&n=1')
    expect(() => formBody({ n: 'x' }, { schema: z.object({ n: z.number() }) })).toThrow(ValidationError)
  })

  test('waits for asynchronous schemas', async () => {
    const schema = z.object({ n: z.number().refine((n) => Promise.resolve(n > 0)) })
    const body = formBody({ n: 1 }, { schema })
    expect(body).toBeInstanceOf(Promise)
    expect(textOf(await body)).toBe('n=1')
    await expect(formBody({ n: -1 }, { schema })).rejects.toThrow(ValidationError)
  })
})
