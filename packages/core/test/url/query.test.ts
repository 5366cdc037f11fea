import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeQuery, type QueryInit, type QueryStyle, type QueryValue } from '../../src/index.ts'
import { anyText } from '../any-text.ts'
import { encode } from '../../src/url/query.ts'
import { configError } from '../thrown.ts'

describe('scalars', () => {
  test.each<[QueryInit, string]>([
    [{}, ''],
    [{ a: 'x' }, 'a=x'],
    [{ a: '' }, 'a='],
    [{ '': 'x' }, '=x'],
    [{ a: 0, b: -0, c: 1.5, d: 1e21 }, 'a=0&b=0&c=1.5&d=1e%2B21'],
    [{ a: true, b: false }, 'a=true&b=false'],
    [{ a: new Date(0) }, 'a=1970-01-01T00%3A00%3A00.000Z'],
    [{ a: undefined, b: null, c: 1 }, 'c=1'],
    [{ 'a b': 'c d' }, 'a%20b=c%20d'],
    [{ a: "!'()*" }, 'a=%21%27%28%29%2A'],
    [{ a: '&=+#?/%' }, 'a=%26%3D%2B%23%3F%2F%25'],
    [{ a: 'ü😀' }, 'a=%C3%BC%F0%9F%98%80'],
    [{ a: '\ud800x' }, 'a=%EF%BF%BDx'],
    [{ a: '-._~' }, 'a=-._~'],
    [new URLSearchParams('a=1&a=2&b=x+y'), 'a=1&a=2&b=x%20y'],
    [new URLSearchParams(), ''],
  ])('%j is %j', (query, expected) => {
    expect(encodeQuery(query)).toBe(expected)
  })

  test('bigints are written whole', () => {
    expect(encodeQuery({ a: 2n ** 64n })).toBe('a=18446744073709551616')
  })

  test.each([
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', Infinity, 'Infinity'],
    ['an invalid date', new Date(Number.NaN), 'a Date'],
    ['a function', () => 1, 'a function'],
    ['a symbol', Symbol('x'), 'Symbol(x)'],
    ['a list in a list', [[1]], 'an array of 1'],
    ['an object in a list', [{ a: 1 }], 'an object'],
  ])('refuses %s', (_name, value, shown) => {
    const error = configError(() => encodeQuery({ filter: value as never }))
    expect(error.option).toBe('query.filter')
    expect(error.message).toBe(
      `query.filter: expected a string, finite number, boolean, bigint, valid Date or array of them, got ${shown}`,
    )
  })
})

describe('styles', () => {
  const query = { a: [1, null, 'x,y', undefined], b: [], c: 3 }
  test.each<[QueryStyle | undefined, string]>([
    [undefined, 'a=1&a=x%2Cy&c=3'],
    ['repeat', 'a=1&a=x%2Cy&c=3'],
    ['comma', 'a=1,x%2Cy&c=3'],
    ['brackets', 'a%5B%5D=1&a%5B%5D=x%2Cy&c=3'],
    ['deepObject', 'a=1&a=x%2Cy&c=3'],
  ])('%s', (style, expected) => {
    expect(encodeQuery(query, style)).toBe(expected)
  })

  test('deepObject goes into objects', () => {
    const nested = { filter: { name: 'a b', size: { min: 1, max: undefined }, tags: ['x', 'y'] }, none: {} }
    expect(encodeQuery(nested, 'deepObject')).toBe(
      'filter%5Bname%5D=a%20b&filter%5Bsize%5D%5Bmin%5D=1&filter%5Btags%5D=x&filter%5Btags%5D=y',
    )
  })

  test('an object’s name cannot forge brackets', () => {
    expect(encodeQuery({ a: { 'b][c': 1 } }, 'deepObject')).toBe('a%5Bb%5D%5Bc%5D=1')
    expect(encodeQuery({ 'a[b]&c': 1 })).toBe('a%5Bb%5D%26c=1')
  })

  test.each(['repeat', 'comma', 'brackets'] as const)(
    '%s refuses objects and names the style that takes them',
    (style) => {
      expect(configError(() => encodeQuery({ filter: { a: 1 } }, style)).message).toContain("queryStyle: 'deepObject'")
    },
  )

  test('refuses an object that holds itself', () => {
    const loop: Record<string, QueryValue> = {}
    loop['self'] = loop
    expect(configError(() => encodeQuery({ loop }, 'deepObject')).expected).toBe('at most 16 levels')
  })
})

describe('whatever the query', () => {
  const text = anyText
  const scalars = fc.oneof(text, fc.boolean(), fc.bigInt(), fc.double({ noNaN: true, noDefaultInfinity: true }))

  test('style repeat: URLSearchParams reads back what was put in', () => {
    const queries = fc.dictionary(text, fc.oneof(scalars, fc.array(fc.oneof(scalars, fc.constant(null)))))
    fc.assert(
      fc.property(queries, (query) => {
        const expected = Object.keys(query).flatMap((name) =>
          [query[name] ?? []]
            .flat()
            .filter((item) => item !== null)
            .map((item) => [name.toWellFormed(), String(item).toWellFormed()]),
        )
        expect([...new URLSearchParams(encodeQuery(query))]).toEqual(expected)
      }),
    )
  })

  test('style comma: splitting at commas before decoding gives the items', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (items) => {
        const [, value = ''] = encodeQuery({ a: items }, 'comma').split('=')
        expect(value.split(',').map((item) => decodeURIComponent(item))).toEqual(
          items.map((item) => item.toWellFormed()),
        )
      }),
    )
  })

  test('RFC 3986 §2.3: only unreserved characters stay', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(encode(value)).toMatch(/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/)
        expect(decodeURIComponent(encode(value))).toBe(value.toWellFormed())
      }),
    )
  })
})
