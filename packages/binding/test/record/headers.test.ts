import { headerList, ValidationError, type HeaderList } from '@halyard/core'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bindHeaders, MissingHeaderError } from '../../src/record/index.ts'
import { source, thrownBy } from './source.ts'

const headers: HeaderList = headerList([
  ['X-Count', '007'],
  ['x-flag', 'true'],
  ['X-Tag', 'a, b'],
  ['x-tag', 'c'],
  ['x-one', 'z'],
  ['date', 'now'],
])

describe('bindHeaders', () => {
  test('matches names in any case, and spells them as the schema does', () => {
    const schema = z.object({ 'x-COUNT': z.int(), 'X-Flag': z.boolean(), 'X-None': z.string().optional() })
    expect(bindHeaders(schema, headers, source)).toEqual({ 'x-COUNT': 7, 'X-Flag': true })
  })

  test('repeated fields are a list where the schema wants one, and the first value where not', () => {
    const schema = z.object({
      'x-tag': z.array(z.string()),
      'X-TAG': z.string(),
      'x-one': z.array(z.string()),
      'x-Tag': z.union([z.string(), z.array(z.string())]),
      'X-One': z.union([z.string(), z.array(z.string())]),
    })
    expect(bindHeaders(schema, headers, source)).toEqual({
      'x-tag': ['a, b', 'c'],
      'X-TAG': 'a, b',
      'x-one': ['z'],
      'x-Tag': ['a, b', 'c'],
      'X-One': 'z',
    })
  })

  test('lists of numbers', () => {
    const list = headerList([
      ['n', '1'],
      ['n', '2'],
    ])
    expect(bindHeaders(z.object({ n: z.array(z.int()) }), list, source)).toEqual({ n: [1, 2] })
    expect(bindHeaders(type({ n: 'number[]' }), headerList({ n: '1' }), source)).toMatchObject({ n: [1] })
  })

  test('others are in lower case, if the record is open', () => {
    expect(bindHeaders(z.looseObject({ 'X-Count': z.int() }), headers, source)).toEqual({
      'X-Count': 7,
      'x-flag': 'true',
      'x-tag': 'a, b',
      'x-one': 'z',
      date: 'now',
    })
    expect(bindHeaders(z.record(z.string(), z.array(z.string())), headers, source)).toMatchObject({
      'x-tag': ['a, b', 'c'],
      'x-one': ['z'],
    })
    expect(bindHeaders(z.looseRecord(z.string().regex(/^x-c/), z.int()), headers, source)).toMatchObject({
      'x-count': 7,
    })
  })

  test('and no fault of a closed record', () => {
    expect(bindHeaders(z.strictObject({ 'x-count': z.int() }), headers, source)).toEqual({ 'x-count': 7 })
  })

  test('a schema without a shape has the first values, by names in lower case', () => {
    expect(bindHeaders(v.object({ 'x-count': v.string(), 'x-tag': v.string() }), headers, source)).toEqual({
      'x-count': '007',
      'x-tag': 'a, b',
    })
  })

  test('an asynchronous schema', async () => {
    const schema = z.object({ 'x-count': z.int().refine((n) => Promise.resolve(n === 7)) })
    expect(await bindHeaders(schema, headers, source)).toEqual({ 'x-count': 7 })
    expect(await thrownBy(() => bindHeaders(schema, headerList({}), source))).toBeInstanceOf(MissingHeaderError)
  })

  test('lax: null where one that may be null did not come', () => {
    const schema = z.object({ 'x-none': z.int().nullable() })
    expect(bindHeaders(schema, headers, source, { lax: true })).toEqual({ 'x-none': null })
  })

  test('validate: false', () => {
    expect(
      bindHeaders(z.object({ 'X-None': z.int(), 'X-Count': z.int() }), headers, source, { validate: false }),
    ).toEqual(expect.objectContaining({ 'X-Count': 7 }))
  })
})

describe('failures', () => {
  test('a missing header is an error of its own', async () => {
    const schema = z.object({ 'X-Id': z.string(), 'x-count': z.boolean(), 'x-tag': z.array(z.string()) })
    const error = await thrownBy(() => bindHeaders(schema, headers, source))
    expect(error).toBeInstanceOf(MissingHeaderError)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ name: 'MissingHeaderError', header: 'X-Id', at: 'headers', status: 200 })
    expect(String(error)).toMatch(
      /MissingHeaderError: GET https:\/\/h\.test\/users: the response's headers \(status 200, application\/json\) do not fit their schema: X-Id: the header is missing; x-count: .*boolean/,
    )
  })

  test('also a list, and also without a shape', async () => {
    const list = z.object({ 'x-none': z.array(z.string()) })
    expect(await thrownBy(() => bindHeaders(list, headers, source))).toMatchObject({ header: 'x-none' })
    const valibot = v.object({ 'x-none': v.string() })
    expect(await thrownBy(() => bindHeaders(valibot, headers, source))).toMatchObject({ header: 'x-none' })
    const ark = type({ 'x-none': 'string' })
    expect(await thrownBy(() => bindHeaders(ark, headers, source))).toMatchObject({ header: 'x-none' })
  })

  test('one that does not convert is a plain ValidationError', async () => {
    const error = await thrownBy(() => bindHeaders(z.object({ 'x-flag': z.int() }), headers, source))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).not.toBeInstanceOf(MissingHeaderError)
    expect(error).toMatchObject({ at: 'headers', issues: [{ path: ['x-flag'] }] })
  })
})

test('names of Object.prototype are names like others', async () => {
  const list = headerList([
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['hasOwnProperty', 'z'],
  ])
  const bound = bindHeaders(z.object({ constructor: z.string(), tostring: z.string().optional() }), list, source)
  expect(bound).toEqual({ constructor: 'y' })
  expect(JSON.stringify(bindHeaders(z.looseObject({}), list, source, { validate: false }))).toBe(
    '{"__proto__":"x","constructor":"y","hasownproperty":"z"}',
  )
  expect(await thrownBy(() => bindHeaders(z.object({ valueof: z.string() }), list, source))).toMatchObject({
    header: 'valueof',
  })
  expect({}).not.toHaveProperty('x')
})

test('any headers bind, or fail as they should', () => {
  const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/)
  const value = fc.stringMatching(/^[!-~]{0,10}$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (fields) => {
      const list = headerList(fields)
      const bound = bindHeaders(z.record(z.string(), z.array(z.string())), list, source)
      // zod itself leaves a `__proto__` out of a record.
      for (const [key] of fields.filter(([one]) => one !== '__proto__'))
        expect(Object(bound)[key.toLowerCase()]).toEqual(list.getAll(key))
    }),
  )
})
