import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeJson, type JsonReadOptions } from '../../src/json/index.ts'
import { decodeErrorOf, sourceOf, utf8 } from '../text/source.ts'

const json = sourceOf('application/json')
const lossless: JsonReadOptions = { numbers: 'lossless' }
const exact: JsonReadOptions = { numbers: 'lossless', decimals: 'text' }

function decoded(text: string, options: JsonReadOptions): unknown {
  return decodeJson(utf8(text), json, options)
}

describe('integers', () => {
  test.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9007199254740993123', 9007199254740993123n],
    ['0', 0],
    ['-0', -0],
    ['1234567890123456', 1234567890123456],
    ['[1,[9007199254740993],{"a":-12345678901234567890}]', [1, [9007199254740993n], { a: -12345678901234567890n }]],
    ['"9007199254740993"', '9007199254740993'],
    [`1${'0'.repeat(9999)}`, 10n ** 9999n],
  ])('%s', (text, value) => {
    expect(decoded(text, lossless)).toEqual(value)
    expect(decoded(text, exact)).toEqual(value)
  })

  test('of too many digits are refused, with their place', () => {
    const error = decodeErrorOf(() => decoded(`{"a":[7,${'1'.repeat(10_001)}]}`, { ...lossless, excerptBytes: 4 }))
    expect(error).toMatchObject({ code: 'decode', line: 1, column: 9, path: ['a', 1] })
    expect(error.message).toContain('is JSON that is refused: an integer has more than 10000 digits')
    expect(error.message.length).toBeLessThan(250)
  })

  test('doubles where nobody asks', () => {
    expect(decodeJson(utf8('[9007199254740993,1.10]'), json)).toEqual([9007199254740992, 1.1])
    expect(decoded('[9007199254740993,1.10]', { decimals: 'text' })).toEqual([9007199254740992, 1.1])
  })
})

describe('decimals', () => {
  test.each(['1.10', '0.1', '-0.0', '1e5', '1E+400', '0.30000000000000000001', '12345678901234567890.5'])(
    '%s',
    (text) => {
      expect(decoded(`[${text}]`, lossless)).toEqual([Number(text)])
      expect(decoded(`[${text}, 9007199254740993]`, lossless)).toEqual([Number(text), 9007199254740993n])
      expect(decoded(`[${text}]`, exact)).toEqual([text])
      expect(decoded(text, exact)).toBe(text)
    },
  )

  test('integers stay numbers beside them', () => {
    expect(decoded('{"price":1.50,"count":3,"version":"1.5"}', exact)).toEqual({
      price: '1.50',
      count: 3,
      version: '1.5',
    })
  })
})

test('any JSON is read as JSON.parse reads it, but for the numbers', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4, stringUnit: 'binary' }), fc.nat(3), (text, indent) => {
      const value: unknown = JSON.parse(text)
      const written = JSON.stringify(value, undefined, indent)
      fc.pre(!/__proto__|prototype/.test(written))
      const [read] = Object.values(Object(decoded(`[${written},9007199254740993]`, lossless)))
      const shown = JSON.stringify(read, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item))
      expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 400 },
  )
})

test('big integers come back, wherever they are', () => {
  const leaf = fc.oneof(fc.bigInt(), fc.integer(), fc.string({ unit: 'binary', maxLength: 12 }), fc.constant(null))
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 3 }), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  const written = (value: unknown): string => {
    if (typeof value === 'bigint') return String(value)
    if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${written(item)}`)
      .join(',')}}`
  }
  const narrowed = (value: unknown): unknown => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
    if (Array.isArray(value)) return value.map(narrowed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, narrowed(item)]))
  }
  fc.assert(
    fc.property(tree, (value) => {
      expect(decoded(written(value), lossless)).toEqual(narrowed(value))
    }),
    { numRuns: 400 },
  )
})
