import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  HeaderFields,
  headerList,
  mergeHeaders,
  noHeaders,
  type HeaderList,
  type HeadersInit,
} from '../../src/index.ts'
import { configError } from '../thrown.ts'

type Field = readonly [name: string, value: string]

const name = fc.constantFrom('a', 'A', 'b', 'B', 'content-type', 'Content-Type', 'x-y')
const value = fc.stringMatching(/^[\x20-\x7e]{0,6}$/)
const fields = fc.array(fc.tuple(name, value), { maxLength: 8 })

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

/** The slow and plain way. */
const model = {
  with(list: readonly Field[], key: string, text: string): readonly Field[] {
    const at = list.findIndex(([known]) => same(known, key))
    if (at === -1) return [...list, [key, text]]
    return list.flatMap<Field>((field, index) => (index === at ? [[key, text]] : same(field[0], key) ? [] : [field]))
  },
  without(list: readonly Field[], key: string): readonly Field[] {
    return list.filter(([known]) => !same(known, key))
  },
}

describe('RFC 9110 §5.1: names are compared without regard to case', () => {
  const list = headerList([
    ['Accept', 'text/html'],
    ['X-Id', '1'],
    ['ACCEPT', 'text/plain'],
  ])

  test('get gives the first value', () => {
    expect(list.get('accept')).toBe('text/html')
    expect(list.get('x-ID')).toBe('1')
    expect(list.get('x-i')).toBeUndefined()
  })

  test('getAll gives all, in order', () => {
    expect(list.getAll('aCCept')).toEqual(['text/html', 'text/plain'])
    expect(list.getAll('none')).toEqual([])
  })

  test('has', () => {
    expect([list.has('x-id'), list.has('x')]).toEqual([true, false])
    expect(headerList({ a: '' }).has('A')).toBe(true)
  })
})

describe('RFC 9110 §5.3: order', () => {
  test('iteration and toFlat keep order and the case of names', () => {
    const list = headerList({ b: '1', A: ['2', '3'], c: '4' }).append('B', '5')
    const pairs = [
      ['b', '1'],
      ['A', '2'],
      ['A', '3'],
      ['c', '4'],
      ['B', '5'],
    ]
    expect([...list]).toEqual(pairs)
    expect(list.toFlat()).toEqual(pairs.flat())
  })

  test('with puts the new value where the first was', () => {
    const list = headerList({ a: '1', B: '2', c: '3' }).append('b', '4').with('b', '5')
    expect(list.toFlat()).toEqual(['a', '1', 'b', '5', 'c', '3'])
  })
})

describe('what a caller gives', () => {
  test.each<[string, HeadersInit | undefined, readonly (readonly string[])[]]>([
    ['nothing', undefined, []],
    ['an empty object', {}, []],
    [
      'strings, numbers and booleans',
      { a: 'x', b: 1, c: false },
      [
        ['a', 'x'],
        ['b', '1'],
        ['c', 'false'],
      ],
    ],
    [
      'a list of values',
      { a: ['x', 'y'], b: [] },
      [
        ['a', 'x'],
        ['a', 'y'],
      ],
    ],
    ['undefined', { a: undefined, b: 'x' }, [['b', 'x']]],
    [
      'pairs',
      [
        ['a', 'x'],
        ['a', 'y'],
      ],
      [
        ['a', 'x'],
        ['a', 'y'],
      ],
    ],
    ['a Map', new Map([['a', 'x']]), [['a', 'x']]],
    ['Headers of the platform', new Headers({ A: 'x' }), [['a', 'x']]],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 'x' }), [['a', 'x']]],
  ])('%s', (_name, init, expected) => {
    expect([...headerList(init)]).toEqual(expected)
  })

  test('a list stays the same object, and an empty one is shared', () => {
    const list = headerList({ a: 'x' })
    expect(headerList(list)).toBe(list)
    expect(headerList({})).toBe(noHeaders)
  })

  test('a list of another copy of the package is checked and taken over', () => {
    const foreign: HeaderList = Object.assign(Object.create(null), { [Symbol.iterator]: () => [['a', 'x']].values() })
    expect([...headerList(foreign)]).toEqual([['a', 'x']])
  })

  test.each([null, 'a: b', 7, true, () => ({ a: 'x' })])('%s is refused', (init) => {
    expect(configError(() => headerList(init as never)).expected).toBe('an object, a list or an iterable')
  })

  test.each([
    ['null', { a: null }],
    ['an object', { a: { b: 1 } }],
    ['a number in a list', { a: [1] }],
    ['a hole in a list', { a: [undefined] }],
    ['a bad value', { a: 'x\r\ny' }],
    ['a bad name', { 'a b': 'x' }],
    ['a pair without a value', [['a']]],
    ['a pair without a name', [[undefined, 'x']]],
    ['a bad value among pairs', [['a', 'x\0']]],
  ])('%s is refused', (_name, init) => {
    expect(configError(() => headerList(init as never)).option).toMatch(/^headers/)
    expect(configError(() => mergeHeaders(noHeaders, init as never)).option).toMatch(/^headers/)
  })

  test('inherited properties are no headers', () => {
    expect([...headerList(Object.create({ 'x-evil': '1' }))]).toEqual([])
  })

  test('with and append check too', () => {
    expect(() => noHeaders.with('a', '\n')).toThrow('U+000A')
    expect(() => noHeaders.append('a b', 'x')).toThrow('token')
    expect([...noHeaders]).toEqual([])
  })
})

describe('mergeHeaders', () => {
  const base = headerList([
    ['a', '1'],
    ['B', '2'],
    ['A', '3'],
  ])

  test.each<[string, HeadersInit, readonly Field[]]>([
    [
      'replaces all of a name',
      { A: 'x' },
      [
        ['B', '2'],
        ['A', 'x'],
      ],
    ],
    ['removes by undefined', { a: undefined }, [['B', '2']]],
    [
      'repeats by a list',
      { b: ['x', 'y'] },
      [
        ['a', '1'],
        ['A', '3'],
        ['b', 'x'],
        ['b', 'y'],
      ],
    ],
    [
      'keeps what was not named',
      { c: 'x' },
      [
        ['a', '1'],
        ['B', '2'],
        ['A', '3'],
        ['c', 'x'],
      ],
    ],
    [
      'takes a removal and a value of the same name',
      { A: undefined, a: 'x' },
      [
        ['B', '2'],
        ['a', 'x'],
      ],
    ],
  ])('%s', (_name, extra, expected) => {
    expect([...mergeHeaders(base, extra)]).toEqual(expected)
  })

  test('nothing laid over is the base itself', () => {
    expect(mergeHeaders(base, {})).toBe(base)
  })
})

describe('whatever the list', () => {
  test('each step agrees with the model and leaves the list before it alone', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('with', 'append'), name, value }),
      fc.record({ kind: fc.constant('without'), name, value }),
    )
    fc.assert(
      fc.property(fields, fc.array(step), (start, steps) => {
        let expected: readonly Field[] = start
        let list: HeaderList = headerList(start)
        for (const { kind, name: key, value: text } of steps) {
          const before = [...list]
          const earlier = list
          if (kind === 'with') {
            list = list.with(key, text)
            expected = model.with(expected, key, text)
          } else if (kind === 'append') {
            list = list.append(key, text)
            expected = [...expected, [key, text]]
          } else {
            list = list.without(key)
            expected = model.without(expected, key)
          }
          expect([...earlier]).toEqual(before)
          expect([...list]).toEqual(expected)
          expect(list.toFlat()).toEqual(expected.flat())
          const values = expected.filter(([known]) => same(known, key)).map(([, one]) => one)
          expect(list.getAll(key)).toEqual(values)
          expect(list.get(key)).toBe(values[0])
          expect(list.has(key)).toBe(values.length > 0)
        }
      }),
    )
  })

  test('mergeHeaders agrees with the model', () => {
    const extra = fc.dictionary(name, fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.constant(undefined)))
    fc.assert(
      fc.property(fields, extra, (start, over) => {
        const entries = Object.entries(over).flatMap(([key, one]) =>
          Array.isArray(one) ? one.map((text) => [key, text] as const) : [[key, one] as const],
        )
        let expected: readonly Field[] = start
        for (const [key] of entries) expected = model.without(expected, key)
        for (const [key, one] of entries) if (one !== undefined) expected = [...expected, [key, one]]
        expect([...mergeHeaders(headerList(start), over)]).toEqual(expected)
      }),
    )
  })

  test('a flat list gives the pairs it is made of', () => {
    fc.assert(
      fc.property(fields, (list) => {
        expect([...new HeaderFields(list.flat())]).toEqual(list)
      }),
    )
  })
})
