import fc from 'fast-check'
import { z } from 'zod'
import type { Schema } from '../../../src/index.ts'

/** A schema, and a value that fits it. */
export interface Sample {
  readonly schema: Schema
  readonly value: unknown
}

export interface Rules {
  readonly names: fc.Arbitrary<string>
  readonly text: fc.Arbitrary<string>
  /** Forms have no `null`. */
  readonly nulls: boolean
  /** Whether records may have no field that is always there, which forms cannot say. */
  readonly hollow: boolean
}

interface Kind {
  readonly schema: z.ZodType
  readonly values: fc.Arbitrary<unknown>
  readonly isList: boolean
  readonly isNil: boolean
}

function scalar(schema: z.ZodType, values: fc.Arbitrary<unknown>): Kind {
  return { schema, values, isList: false, isNil: false }
}

/** Integers beyond 2^53 are refused as numbers; JSON and forms have no -0. */
const doubles = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((number) => !Number.isInteger(number) || Number.isSafeInteger(number) || Math.abs(number) >= 1e21)
  .map((number) => (number === 0 ? 0 : number))
const dates = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})

/** Any record that all formats can hold, with its schema: no lists of lists, no optional lists. */
export function anySample(rules: Rules): fc.Arbitrary<Sample> {
  const scalars: fc.Arbitrary<Kind> = fc.constantFrom(
    scalar(z.string(), rules.text),
    scalar(z.number(), doubles),
    scalar(z.int(), fc.maxSafeInteger()),
    scalar(z.bigint(), fc.bigInt()),
    scalar(z.boolean(), fc.boolean()),
    scalar(isoDate, dates),
    scalar(z.literal(['a', 1, true]), fc.constantFrom('a', 1, true)),
    scalar(z.union([z.literal('none'), z.number()]), fc.oneof(fc.constant('none'), doubles)),
  )
  const { record } = fc.letrec<{ kind: Kind; record: Kind }>((tie) => {
    const lists = tie('kind').filter(({ isList }) => !isList)
    const nils = tie('kind').filter(({ isNil }) => !isNil)
    return {
      kind: fc.oneof(
        { maxDepth: 4 },
        scalars,
        tie('record'),
        lists.map(listOf),
        ...(rules.nulls ? [nils.map(nullable)] : []),
      ),
      record: fc
        .uniqueArray(fc.tuple(rules.names, tie('kind'), fc.boolean()), { selector: ([name]) => name, maxLength: 5 })
        .map((fields) => recordOf(fields, rules)),
    }
  })
  return record.chain(({ schema, values }) => values.map((value) => ({ schema, value })))
}

function listOf(item: Kind): Kind {
  return {
    schema: z.array(item.schema),
    values: fc.array(item.values, { maxLength: 3 }),
    isList: true,
    isNil: item.isNil,
  }
}

function nullable(kind: Kind): Kind {
  return { ...kind, schema: z.nullable(kind.schema), values: fc.option(kind.values), isNil: true }
}

type Fields = readonly (readonly [name: string, kind: Kind, optional: boolean])[]

function recordOf(given: Fields, rules: Rules): Kind {
  const solid: Fields = rules.hollow ? [] : [['solid', scalar(z.boolean(), fc.boolean()), false]]
  const fields = [...given.filter(([name]) => name !== 'solid' || rules.hollow), ...solid]
  // zod reads an absent field that Object.prototype has from there; and an element without text is one of empty text.
  const isOptional = ([name, kind, optional]: Fields[number]): boolean =>
    optional && !kind.isList && !(name in Object.prototype) && name !== '#text'
  const schema = z.strictObject(
    Object.fromEntries(
      fields.map((field) => [field[0], isOptional(field) ? z.optional(field[1].schema) : field[1].schema]),
    ),
  )
  const values = fc.record(Object.fromEntries(fields.map(([name, kind]) => [name, kind.values])), {
    requiredKeys: fields.filter((field) => !isOptional(field)).map(([name]) => name),
    noNullPrototype: true,
  })
  return scalar(schema, values)
}

export const plainText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom('a', 'b', 'Z', '0', '9', ' ', 'ä', '€', '😀'),
})
const nastyPieces = [']]>', '&', '&amp;', '<b>', '"', "'", '\r\n', '\t', ' ', '\u0000', '\u001b', '\ufeff', '\ud800']
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...nastyPieces, '=', '+', '%', '%41'),
  fc.array(fc.constantFrom(...nastyPieces, 'a'), { maxLength: 4 }).map((pieces) => pieces.join('')),
  fc.string({ unit: fc.oneof(fc.nat(0x9f), fc.nat(0xffff)).map((code) => String.fromCharCode(code)) }),
  plainText,
)
export const simpleNames: fc.Arbitrary<string> = fc
  .stringMatching(/^[a-zA-Z_äß][a-zA-Z0-9_.-]{0,6}$/)
  .filter((name) => name !== '__proto__')
/** Without `__proto__`: zod itself loses such a field. */
export const anyNames: fc.Arbitrary<string> = fc
  .oneof(simpleNames, nastyText, fc.constantFrom('constructor', '@a', '#text', 'a[b]', '0', ''))
  .filter((name) => name !== '__proto__')
