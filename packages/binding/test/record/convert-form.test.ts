import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bind, DecodeError, type BindingOptions, type Schema } from '../../src/record/index.ts'
import { source, thrownBy } from './source.ts'

function convert(flat: unknown, schema: Schema, options: BindingOptions = {}): unknown {
  return bind(schema, flat, source, { ...options, format: 'form', validate: false })
}

describe('values', () => {
  test('numbers, booleans, lists', () => {
    const schema = z.object({ n: z.int(), b: z.boolean(), s: z.string(), l: z.array(z.int()), none: z.array(z.int()) })
    expect(convert({ n: '007', b: 'true', s: '007', l: '1' }, schema)).toEqual({
      n: 7,
      b: true,
      s: '007',
      l: [1],
      none: [],
    })
    expect(convert({ n: '0x1F', b: '1', s: '', l: ['1', 'x'] }, schema)).toEqual({
      n: '0x1F',
      b: '1',
      s: '',
      l: [1, 'x'],
      none: [],
    })
  })

  test('a key that came twice where one value is wanted stays a list, for validation to report', () => {
    expect(convert({ n: ['1', '2'] }, z.object({ n: z.int() }))).toEqual({ n: ['1', '2'] })
  })

  test('an empty value is no number', () => {
    expect(convert({ n: '' }, z.object({ n: z.int().optional() }))).toEqual({ n: '' })
  })
})

describe('keys with brackets', () => {
  const Order = z.object({
    a: z.int(),
    c: z.object({ d: z.int(), e: z.object({ f: z.array(z.int()) }) }),
    items: z.array(z.object({ id: z.int(), tags: z.array(z.string()) })),
    map: z.record(z.string(), z.int()),
  })

  test('become records and lists of records', () => {
    expect(
      convert(
        {
          a: '1',
          'c[d]': '2',
          'c[e][f]': ['3', '4'],
          'items[1][id]': '8',
          'items[0][id]': '7',
          'items[0][tags]': 'x',
          'map[k]': '9',
          'map[0]': '1',
        },
        Order,
      ),
    ).toEqual({
      a: 1,
      c: { d: 2, e: { f: [3, 4] } },
      items: [
        { id: 7, tags: ['x'] },
        { id: 8, tags: [] },
      ],
      map: { k: 9, 0: 1 },
    })
  })

  test('a record that is absent is there where it needs no more than lists', () => {
    const schema = z.object({ c: z.object({ l: z.array(z.int()) }), d: z.object({ n: z.int() }) })
    expect(convert({}, schema)).toEqual({ c: { l: [] } })
  })

  test('a required record that needs itself ends', () => {
    const Loop = z.object({
      get next() {
        return Loop
      },
    })
    expect(convert({}, Loop)).toEqual({})
  })

  test.each<[string, Record<string, unknown>]>([
    ['where the schema has text', { 'a[b]': '1' }],
    ['where the schema has nothing', { 'x[b]': '1' }],
    ['that are not closed', { 'c[d': '1', 'c]d[': '1', 'c[d]e': '1', '[d]': '1', 'c[[d]]': '1' }],
  ])('stay as they are %s', (_name, flat) => {
    expect(convert(flat, Order)).toMatchObject(flat)
  })

  test('stay in the name below what the schema knows', () => {
    expect(convert({ 'c[x][y]': '1', 'items[0][id][z]': '2' }, Order)).toMatchObject({
      c: { 'x[y]': '1' },
      items: [{ 'id[z]': '2' }],
    })
    expect(convert({ 'o[a][b]': '1' }, z.object({ o: z.object({ a: z.any() }) }))).toEqual({ o: { 'a[b]': '1' } })
  })

  test('a field of that very name wins', () => {
    expect(convert({ 'c[d]': '1' }, z.object({ 'c[d]': z.int(), c: z.object({ d: z.int() }).optional() }))).toEqual({
      'c[d]': 1,
    })
  })

  test('lists of text are not written with indexes', () => {
    expect(convert({ 'l[0]': 'x' }, z.object({ l: z.array(z.string()).optional() }))).toEqual({ 'l[0]': 'x' })
  })

  test('a name that is no index is none', () => {
    const flat = { 'items[x][id]': '1', 'items[01][id]': '1', 'items[-1][id]': '1', 'items[1e9][id]': '1' }
    expect(convert(flat, Order)).toMatchObject(flat)
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a gap', { 'items[0][id]': '1', 'items[2][id]': '3' }, /skips an index at items\.2/],
    ['a far index', { 'items[999999999][id]': '1' }, /skips an index/],
    ['a value and a record', { c: '1', 'c[d]': '2' }, /a value and a record at once at c\.d/],
    ['a record and a value', { 'c[d]': '2', c: '1' }, /a value and a record at once at c/],
    ['__proto__', { 'map[__proto__]': '1' }, /names a prototype: "__proto__"/],
    ['constructor.prototype', { 'map[constructor][prototype]': '1' }, /names a prototype: "constructor"/],
  ])('%s is refused', async (_name, flat, message) => {
    const error = await thrownBy(() => convert(flat, Order))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toMatchObject({ code: 'decode', message: expect.stringMatching(message) })
  })

  test('a prototype is dropped where that is asked for', () => {
    const flat = { 'map[__proto__]': '1', 'map[a]': '2', 'map[constructor]': '3' }
    expect(convert(flat, z.object({ map: z.record(z.string(), z.int()) }), { prototypeKeys: 'drop' })).toEqual({
      map: { a: 2, constructor: 3 },
    })
    expect({}).not.toHaveProperty('a')
  })

  test('depth has a limit', async () => {
    const Deep = z.object({
      n: z.int().optional(),
      get c() {
        return Deep.optional()
      },
    })
    const flat = { [`c${'[c]'.repeat(499)}`]: '1' }
    expect(convert(flat, Deep)).toHaveProperty(Array.from({ length: 499 }, () => 'c'))
    const error = await thrownBy(() => convert({ [`c${'[c]'.repeat(500)}`]: '1' }, Deep))
    expect(error).toMatchObject({ name: 'DecodeError', message: expect.stringContaining('deeper than 500') })
    expect(await thrownBy(() => convert({ 'c[c][n]': '1' }, Deep, { maxDepth: 2 }))).toBeInstanceOf(DecodeError)
  })
})
