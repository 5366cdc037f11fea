import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { convertXml } from '../../src/record/convert-xml.ts'
import { shapeOf } from '../../src/record/schema-shape.ts'
import type { Schema } from '../../src/record/schema.ts'

function convert(tree: unknown, schema: Schema, lax = false): unknown {
  const shape = shapeOf(schema)
  if (shape === undefined) throw new Error('no shape')
  return convertXml(tree, shape, lax)
}

const nil = { '@xsi:nil': 'true' }

describe('lists', () => {
  const Feed = z.object({ entry: z.array(z.object({ id: z.int(), tag: z.array(z.string()) })) })

  test('of none, one and several elements', () => {
    expect(convert({}, Feed)).toEqual({ entry: [] })
    expect(convert('', Feed)).toEqual({ entry: [] })
    expect(convert({ entry: { id: '1' } }, Feed)).toEqual({ entry: [{ id: 1, tag: [] }] })
    expect(convert({ entry: { id: '1', tag: 'a' } }, Feed)).toEqual({ entry: [{ id: 1, tag: ['a'] }] })
    expect(
      convert(
        {
          entry: [
            { id: '1', tag: ['a', 'b'] },
            { id: '2', tag: '' },
          ],
        },
        Feed,
      ),
    ).toEqual({
      entry: [
        { id: 1, tag: ['a', 'b'] },
        { id: 2, tag: [''] },
      ],
    })
  })

  test('an optional one stays absent', () => {
    expect(convert({}, z.object({ a: z.array(z.int()).optional() }))).toEqual({})
  })

  test('of numbers, and in a list that may be null', () => {
    expect(convert({ a: ['1', 'x'] }, z.object({ a: z.array(z.int()) }))).toEqual({ a: [1, 'x'] })
    expect(convert({ a: '1' }, z.object({ a: z.array(z.int()).nullable() }))).toEqual({ a: [1] })
    expect(convert({ a: nil }, z.object({ a: z.array(z.int()).nullable() }))).toEqual({ a: null })
  })

  test('one value stays where that is taken too', () => {
    const schema = z.object({ a: z.union([z.int(), z.array(z.int())]) })
    expect(convert({ a: '1' }, schema)).toEqual({ a: 1 })
    expect(convert({ a: ['1', '2'] }, schema)).toEqual({ a: [1, 2] })
  })

  test('several where one is wanted stay, for validation to report', () => {
    expect(convert({ a: ['1', '2'] }, z.object({ a: z.int() }))).toEqual({ a: ['1', '2'] })
  })

  test('tuples', () => {
    expect(convert({ a: ['1', 'x', 'true'] }, z.object({ a: z.tuple([z.int(), z.string()], z.boolean()) }))).toEqual({
      a: [1, 'x', true],
    })
  })
})

describe('elements', () => {
  test('empty ones where a record is wanted', () => {
    const schema = z.object({ a: z.object({ b: z.string().optional() }) })
    expect(convert({ a: '' }, schema)).toEqual({ a: {} })
    expect(convert({ a: '\n  ' }, schema)).toEqual({ a: {} })
    expect(convert({ a: 'text' }, schema)).toEqual({ a: 'text' })
  })

  test('attributes that nobody asked for do not break text', () => {
    const schema = z.object({ n: z.int(), s: z.string(), l: z.array(z.boolean()) })
    expect(
      convert(
        { n: { '@unit': 'm', '#text': '5' }, s: { '@xml:lang': 'en' }, l: { '@x': '1', '#text': 'true' } },
        schema,
      ),
    ).toEqual({ n: 5, s: '', l: [true] })
    expect(convert({ n: { '@unit': 'm', '#text': 'x' } }, schema)).toEqual({ n: 'x', l: [] })
  })

  test('children where text is wanted stay, for validation to report', () => {
    expect(convert({ n: { m: '5' } }, z.object({ n: z.int() }))).toEqual({ n: { m: '5' } })
  })

  test('text where a record has #text', () => {
    const schema = z.object({ a: z.object({ '#text': z.int(), '@unit': z.string().optional() }) })
    expect(convert({ a: '5' }, schema)).toEqual({ a: { '#text': 5 } })
    expect(convert({ a: { '@unit': 'm', '#text': '5' } }, schema)).toEqual({ a: { '#text': 5, '@unit': 'm' } })
  })

  test('empty text beside an attribute is text', () => {
    const schema = z.object({ a: z.object({ '#text': z.string(), '@unit': z.string() }) })
    expect(convert({ a: { '@unit': 'm' } }, schema)).toEqual({ a: { '@unit': 'm', '#text': '' } })
    const optional = z.object({ a: z.object({ '#text': z.string().optional() }) })
    expect(convert({ a: '' }, optional)).toEqual({ a: {} })
  })

  test('numbers in attributes', () => {
    expect(convert({ '@n': '007', '@b': '1' }, z.object({ '@n': z.int(), '@b': z.boolean() }))).toEqual({
      '@n': 7,
      '@b': true,
    })
  })

  test('what is not described stays as it is, the very same', () => {
    const open = { x: { y: ['1'] } }
    const tree = { a: '1', open }
    const made = convert(tree, z.object({ a: z.int(), open: z.any() }))
    expect(made).toEqual({ a: 1, open })
    expect(made).toHaveProperty('open', open)
    expect(tree.a).toBe('1')
    expect(convert(open, z.object({ x: z.looseObject({}) }))).toBe(open)
  })
})

describe('null', () => {
  const schema = z.object({ a: z.int().nullable(), b: z.object({}).nullable(), c: z.string() })

  test('is nil in any prefix, with 1 too', () => {
    expect(convert({ a: nil, b: { '@i:nil': '1' }, c: { '@nil': 'true' } }, schema)).toEqual({
      a: null,
      b: null,
      c: '',
    })
    expect(convert({ a: { '@nil': 'true' } }, schema)).toEqual({ a: null })
  })

  test('is not where the element has content, or nil is false', () => {
    expect(convert({ a: { '@xsi:nil': 'true', '#text': '5' } }, schema)).toEqual({ a: 5 })
    expect(convert({ a: { '@xsi:nil': 'false', '#text': '5' } }, schema)).toEqual({ a: 5 })
    expect(convert({ b: { '@xsi:nil': 'true', x: '' } }, schema)).toEqual({ b: { '@xsi:nil': 'true', x: '' } })
  })

  test('is not an attribute that the schema has', () => {
    const Own = z.object({ a: z.object({ '@nil': z.boolean() }).nullable() })
    expect(convert({ a: { '@nil': 'true' } }, Own)).toEqual({ a: { '@nil': true } })
  })

  test('where it is not taken, only for lax binding', () => {
    const Strict = z.object({ a: z.object({}).optional() })
    expect(convert({ a: nil }, Strict)).toEqual({ a: nil })
    expect(convert({ a: nil }, Strict, true)).toEqual({ a: null })
    expect(convert({ a: nil }, z.object({ a: z.array(z.int().nullable()) }), true)).toEqual({ a: [null] })
  })
})

describe('declarations', () => {
  const xsi = 'http://www.w3.org/2001/XMLSchema-instance'

  test('what was written for nil is no field', () => {
    expect(convert({ '@xmlns:xsi': xsi, a: nil }, z.record(z.string(), z.string().nullable()))).toEqual({ a: null })
    expect(convert({ '@xmlns:xsi': xsi, a: nil }, z.looseObject({ a: z.int().nullable() }))).toEqual({ a: null })
  })

  test('a closed record is not broken by namespaces', () => {
    const tree = { '@xmlns': 'urn:a', '@xmlns:b': 'urn:b', '@xsi:schemaLocation': 'x y', a: '1' }
    expect(convert(tree, z.strictObject({ a: z.int() }))).toEqual({ a: 1 })
    expect(convert(tree, z.record(z.string(), z.int()))).toEqual({ a: 1 })
    expect(convert(tree, z.strictObject({ a: z.int(), '@xmlns': z.string() }))).toEqual({ a: 1, '@xmlns': 'urn:a' })
    expect(convert(tree, z.looseObject({ a: z.int() }))).toEqual({ ...tree, a: 1 })
  })

  test('other attributes are fields', () => {
    expect(convert({ '@b': 'x', a: '1' }, z.strictObject({ a: z.int() }))).toEqual({ '@b': 'x', a: 1 })
  })
})

describe('unions', () => {
  test('by a literal', () => {
    const Shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), r: z.number() }),
      z.object({ kind: z.literal('text'), r: z.string() }),
      z.object({ kind: z.literal(3), r: z.array(z.string()) }),
    ])
    const schema = z.object({ shape: z.array(Shape) })
    expect(
      convert(
        {
          shape: [
            { kind: 'circle', r: '1' },
            { kind: { '@a': '', '#text': 'text' }, r: '1' },
            { kind: '3', r: '1' },
          ],
        },
        schema,
      ),
    ).toEqual({
      shape: [
        { kind: 'circle', r: 1 },
        { kind: 'text', r: '1' },
        { kind: 3, r: ['1'] },
      ],
    })
  })

  test('by the fields that are there', () => {
    const schema = z.union([z.object({ a: z.int() }), z.object({ b: z.boolean() })])
    expect(convert({ a: '1' }, schema)).toEqual({ a: 1 })
    expect(convert({ b: '1' }, schema)).toEqual({ b: true })
  })

  test('by the fields that a closed one has not', () => {
    const schema = z.union([z.strictObject({ a: z.string() }), z.strictObject({ a: z.int(), b: z.int().optional() })])
    expect(convert({ a: '1', b: '2' }, schema)).toEqual({ a: 1, b: 2 })
  })

  test('what cannot be told apart stays text where one takes text', () => {
    const schema = z.union([z.object({ a: z.string() }), z.object({ a: z.int() })])
    expect(convert({ a: '1' }, schema)).toEqual({ a: '1' })
  })
})

test('a field that is called __proto__ is a field', () => {
  const tree = JSON.parse('{"__proto__":"1","a":"2"}')
  const made = convert(tree, z.object({ ['__proto__']: z.int(), a: z.int() }))
  expect(JSON.stringify(made)).toBe('{"__proto__":1,"a":2}')
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype)
})

test('depth costs no stack', () => {
  const Deep = z.object({
    n: z.int(),
    get in() {
      return Deep.optional()
    },
  })
  let tree: Record<string, unknown> = { n: '0' }
  for (let depth = 1; depth <= 100_000; depth += 1) tree = { n: String(depth), in: tree }
  let at: unknown = convert(tree, Deep)
  for (let depth = 100_000; depth > 0; depth -= 1) {
    if (typeof at !== 'object' || at === null || !('n' in at) || at.n !== depth || !('in' in at)) break
    at = at.in
  }
  expect(at).toEqual({ n: 0 })
})
