import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ValidationError } from '@halyard/core'
import { bind, type Schema } from '../../src/record/index.ts'
import { source, thrownBy } from './source.ts'

function lax(value: unknown, schema: Schema): unknown {
  return bind(schema, value, source, { format: 'json', lax: true, validate: false })
}

/** The four kinds of a field: `T f`, `T? f`, `T f?`, `T? f?`. */
const Four = z.object({
  plain: z.int(),
  nil: z.int().nullable(),
  optional: z.int().optional(),
  both: z.int().nullish(),
})

describe('the table', () => {
  test.each<[string, unknown, unknown]>([
    ['null counts as absent for an optional field', { plain: 1, nil: 2, optional: null, both: null }, { both: null }],
    ['absent counts as null for a field that may be null', { plain: 1 }, { nil: null }],
    ['all there: nothing changes', { plain: 1, nil: null, optional: 3, both: 4 }, { nil: null, optional: 3, both: 4 }],
  ])('%s', async (_name, value, expected) => {
    const result = await bind(Four, value, source, { format: 'json', lax: true })
    expect(result).toEqual({ plain: 1, nil: 2, ...Object(expected) })
  })

  test.each([{ plain: null, nil: 1 }, { nil: 1 }])('%j fails still', async (value) => {
    const error = await thrownBy(() => bind(Four, value, source, { format: 'json', lax: true }))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ issues: [{ path: ['plain'] }] })
  })

  test.each([
    { plain: 1, nil: 1, optional: null },
    { plain: 1, optional: 1 },
  ])('%j fails where binding is not lax', async (value) => {
    expect(await thrownBy(() => bind(Four, value, source, { format: 'json' }))).toBeInstanceOf(ValidationError)
    expect(await thrownBy(() => bind(Four, value, source, { format: 'json', lax: false }))).toBeInstanceOf(
      ValidationError,
    )
  })

  test('fields that a closed record does not know are left out', async () => {
    const Closed = z.strictObject({ a: z.int(), b: z.strictObject({}) })
    const value = { a: 1, x: 2, b: { y: 3, ['__proto__']: 4 } }
    expect(await bind(Closed, value, source, { format: 'json', lax: true })).toEqual({ a: 1, b: {} })
    expect(await thrownBy(() => bind(Closed, value, source, { format: 'json' }))).toBeInstanceOf(ValidationError)
    expect(lax({ a: 1, x: 2 }, z.looseObject({ a: z.int() }))).toEqual({ a: 1, x: 2 })
  })

  test('the same for arktype', () => {
    const schema = type({ plain: 'number', nil: 'number | null', 'optional?': 'number', '+': 'reject' })
    expect(lax({ plain: 1, optional: null, x: 1 }, schema)).toEqual({ plain: 1, nil: null })
  })
})

describe('at every depth', () => {
  test('in lists, tuples, maps and schemas that contain themselves', () => {
    const Node = z.strictObject({
      n: z.int().nullable(),
      get kids() {
        return z.array(Node).optional()
      },
    })
    const schema = z.object({ list: z.array(Node), pair: z.tuple([z.int(), Node]), map: z.record(z.string(), Node) })
    const value = { list: [{ kids: [{ x: 1 }, { kids: null }] }], pair: [1, {}], map: { a: {} } }
    const before = structuredClone(value)
    expect(lax(value, schema)).toEqual({
      list: [{ n: null, kids: [{ n: null }, { n: null }] }],
      pair: [1, { n: null }],
      map: { a: { n: null } },
    })
    expect(value).toEqual(before)
  })

  test('in the alternative that a literal names', () => {
    const schema = z.discriminatedUnion('t', [
      z.strictObject({ t: z.literal('a'), n: z.int().optional() }),
      z.strictObject({ t: z.literal('b'), m: z.int().nullable() }),
    ])
    expect(lax({ t: 'a', n: null, m: 1 }, schema)).toEqual({ t: 'a' })
    expect(lax({ t: 'b', n: 1 }, schema)).toEqual({ t: 'b', m: null })
  })

  test('in the alternative that has the fields', () => {
    const schema = z.union([z.object({ a: z.int(), n: z.int().optional() }), z.object({ b: z.int() })])
    expect(lax({ a: 1, n: null }, schema)).toEqual({ a: 1 })
  })

  test('in a union that cannot be decided only what is true of all', () => {
    const schema = z.union([
      z.strictObject({ a: z.int(), n: z.int().optional() }),
      z.strictObject({ a: z.int(), n: z.int().nullable(), m: z.int().optional() }),
    ])
    expect(lax({ a: 1, n: null, m: 1, x: 1 }, schema)).toEqual({ a: 1, n: null, m: 1 })
  })

  test('depth costs no stack', () => {
    const Deep = z.object({
      n: z.int().optional(),
      get in() {
        return Deep.optional()
      },
    })
    let value: Record<string, unknown> = { n: null }
    for (let depth = 0; depth < 100_000; depth += 1) value = { in: value }
    let at = lax(value, Deep)
    while (typeof at === 'object' && at !== null && 'in' in at) at = at.in
    expect(at).toEqual({})
  })
})

describe('what stays', () => {
  test('a value that needs nothing is the very same', () => {
    const value = { plain: 1, nil: null, optional: 2, list: [{ a: 1 }] }
    expect(lax(value, Four.extend({ list: z.array(z.object({ a: z.int() })) }))).toBe(value)
  })

  test('everything, without a shape', () => {
    const value = { a: null, x: 1 }
    expect(lax(value, v.strictObject({ a: v.optional(v.number()) }))).toBe(value)
  })

  test('any JSON, and what fits a schema fits it laxly', () => {
    const schema = z.object({ a: z.array(Four).optional(), b: Four.nullable() })
    const four = fc.record(
      { plain: fc.integer(), nil: fc.option(fc.integer()), optional: fc.integer(), both: fc.option(fc.integer()) },
      { requiredKeys: ['plain', 'nil'] },
    )
    fc.assert(
      fc.property(fc.record({ a: fc.array(four), b: fc.option(four) }, { requiredKeys: ['b'] }), (value) => {
        expect(lax(value, schema)).toBe(value)
      }),
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify(value)
        lax(value, schema)
        expect(JSON.stringify(value)).toBe(before)
        expect({}).not.toHaveProperty('plain')
      }),
    )
  })
})

test('text formats: nil for an optional field is absent', async () => {
  const schema = z.object({ a: z.int().optional(), b: z.int().nullable() })
  const tree = { a: { '@xsi:nil': 'true' } }
  expect(await bind(schema, tree, source, { format: 'xml', lax: true })).toEqual({ b: null })
  expect(await bind(schema, {}, source, { format: 'form', lax: true })).toEqual({ b: null })
})
