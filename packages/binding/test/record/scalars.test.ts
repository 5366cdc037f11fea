import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { convertScalar, type TextFormat } from '../../src/record/scalar-text.ts'
import { shapeOf } from '../../src/record/schema-shape.ts'
import type { Schema } from '../../src/record/schema.ts'

function convert(text: string, schema: Schema, format: TextFormat = 'form'): unknown {
  const shape = shapeOf(schema)
  if (shape === undefined) throw new Error('no shape')
  return convertScalar(text, shape, format)
}

describe('numbers', () => {
  test.each<[string, number]>([
    ['7', 7],
    ['007', 7],
    ['-007', -7],
    ['+7', 7],
    ['1.10', 1.1],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['1e30', 1e30],
    ['-0', -0],
    ['9007199254740991', 2 ** 53 - 1],
    ['-9007199254740991', 1 - 2 ** 53],
  ])('%s is %d', (text, number) => {
    expect(convert(text, z.number())).toBe(number)
  })

  test.each([
    '',
    ' ',
    ' 7',
    '7 ',
    '7\n',
    '0x1F',
    '0b1',
    '0o7',
    '1_000',
    '1,000',
    '١',
    '1e',
    'e1',
    '.',
    '+',
    '--1',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e400',
    '7n',
    'true',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '123456789012345678901234567890',
  ])('%j is none', (text) => {
    expect(convert(text, z.number())).toBeUndefined()
    expect(convert(text, z.int())).toBeUndefined()
  })

  test('every double that is written comes back, or is none', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (number) => {
        const back = convert(String(number), z.number())
        const isBigInteger = Number.isInteger(number) && !Number.isSafeInteger(number)
        if (back === undefined) expect(isBigInteger || !Number.isFinite(number)).toBe(true)
        else expect(back).toBe(number === 0 ? 0 : number)
      }),
    )
  })

  test('any text is a number that says the same, or none', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '1', '2', '7', '9', '.', 'e', 'E', '+', '-', 'x', 'n', ' ', '_') }),
        (text) => {
          const number = convert(text, z.number())
          if (number !== undefined) expect(number).toBe(Number(text))
        },
      ),
    )
  })
})

describe('big integers', () => {
  test.each<[string, bigint]>([
    ['0', 0n],
    ['007', 7n],
    ['-9007199254740993', -9007199254740993n],
    ['+5', 5n],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
  ])('%s', (text, value) => {
    expect(convert(text, z.bigint())).toBe(value)
  })

  test.each(['', '1.0', '1e3', '0x1F', ' 1', '1n', '-', '9'.repeat(5000)])('%j is none', (text) => {
    expect(convert(text, z.bigint())).toBeUndefined()
  })

  test('a number where both will do and a double holds it', () => {
    const either = z.union([z.number(), z.bigint()])
    expect([convert('5', either), convert('9007199254740993', either)]).toEqual([5, 9007199254740993n])
  })
})

describe('booleans', () => {
  test('true and false; 1 and 0 in XML alone', () => {
    expect(['true', 'false', '1', '0'].map((text) => convert(text, z.boolean(), 'xml'))).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect(['true', 'false', '1', '0'].map((text) => convert(text, z.boolean(), 'form'))).toEqual([
      true,
      false,
      undefined,
      undefined,
    ])
  })

  test.each(['', 'TRUE', 'True', 'yes', 'on', ' true', '01', '2'])('%j is none', (text) => {
    expect(convert(text, z.boolean(), 'xml')).toBeUndefined()
  })

  test('1 is a number where that will do', () => {
    const either = z.union([z.boolean(), z.number()])
    expect(['1', '0', 'true'].map((text) => convert(text, either, 'xml'))).toEqual([1, 0, true])
  })

  test('of a literal only the one', () => {
    expect(['true', '1', 'false', '0'].map((text) => convert(text, z.literal(true), 'xml'))).toEqual([
      true,
      true,
      undefined,
      undefined,
    ])
  })
})

describe('literals', () => {
  test('by their text, numbers by their value', () => {
    const schema = z.literal([1, 'a', 2.5])
    expect(['1', '01', '1.0', 'a', '2.50', '2', 'b', ''].map((text) => convert(text, schema))).toEqual([
      1,
      1,
      1,
      'a',
      2.5,
      undefined,
      undefined,
      undefined,
    ])
  })

  test('one beside numbers', () => {
    const schema = z.union([z.literal('auto'), z.number()])
    expect(['auto', '5', 'x'].map((text) => convert(text, schema))).toEqual(['auto', 5, undefined])
  })
})

describe('dates', () => {
  test.each([
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
    ['2024-02-29T12:00:00.5+02:00', '2024-02-29T10:00:00.500Z'],
  ])('%s', (text, iso) => {
    expect(convert(text, z.date())).toEqual(new Date(iso))
  })

  test.each([
    '',
    '0',
    '2024',
    '2024-02-29',
    '2024-02-29T12:00:00',
    '2023-02-29T12:00:00Z',
    '2024-04-31T12:00:00Z',
    '2024-13-01T12:00:00Z',
    '2024-00-01T12:00:00Z',
    '2024-01-00T12:00:00Z',
    '2024-01-01T25:00:00Z',
    'Thu, 29 Feb 2024 12:00:00 GMT',
  ])('%j is none', (text) => {
    expect(convert(text, z.date())).toBeUndefined()
  })
})

test('where text is taken, text stays', () => {
  const schema = z.union([z.string(), z.number(), z.boolean(), z.bigint(), z.date()])
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constantFrom('1', 'true', '2024-02-29T12:00:00Z')), (text) => {
      expect(convert(text, schema)).toBe(text)
    }),
  )
})
