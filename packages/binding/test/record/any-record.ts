import fc from 'fast-check'
import { z } from 'zod'
import type { Schema } from '../../src/record/index.ts'

/** A schema, and a value that fits it. */
export interface Sample {
  readonly schema: Schema
  readonly value: unknown
}

/** What records are made of: a schema, and values of it. */
interface Kind {
  readonly schema: z.ZodType
  readonly values: fc.Arbitrary<unknown>
  readonly isList: boolean
  readonly isNil: boolean
}

export interface Rules {
  readonly names: fc.Arbitrary<string>
  readonly text: fc.Arbitrary<string>
  readonly nulls: boolean
  /** Whether records may have no field that is always there. */
  readonly hollow: boolean
  /** JSON and forms write -0 as 0. */
  readonly minusZero: boolean
}

function scalar(schema: z.ZodType, values: fc.Arbitrary<unknown>): Kind {
  return { schema, values, isList: false, isNil: false }
}

/** Integers beyond 2^53 are refused as numbers, and dates beyond four digits of years. */
const doubles = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((number) => !Number.isInteger(number) || Number.isSafeInteger(number) || Math.abs(number) >= 1e21)
const dates = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })

/** Any record that the text formats can hold, with its schema. Neither has lists of lists, or optional lists. */
export function anySample(rules: Rules): fc.Arbitrary<Sample> {
  const numbers = rules.minusZero ? doubles : doubles.map((number) => (number === 0 ? 0 : number))
  const scalars: fc.Arbitrary<Kind> = fc.constantFrom(
    scalar(z.string(), rules.text),
    scalar(z.number(), numbers),
    scalar(z.int(), fc.maxSafeInteger()),
    scalar(z.bigint(), fc.bigInt()),
    scalar(z.boolean(), fc.boolean()),
    scalar(z.date(), dates),
    scalar(z.literal(['a', 1, true]), fc.constantFrom('a', 1, true)),
    scalar(z.union([z.literal('none'), z.number()]), fc.oneof(fc.constant('none'), numbers)),
  )
  const { record } = fc.letrec<{ kind: Kind; record: Kind }>((tie) => ({
    kind: fc.oneof(
      { maxDepth: 4 },
      scalars,
      tie('record'),
      tie('kind')
        .filter(({ isList }) => !isList)
        .map(listOf),
      ...(rules.nulls
        ? [
            tie('kind')
              .filter(({ isNil }) => !isNil)
              .map(nullable),
          ]
        : []),
    ),
    record: fc
      .uniqueArray(fc.tuple(rules.names, tie('kind'), fc.boolean()), { selector: ([name]) => name, maxLength: 5 })
      .map((fields) => recordOf(fields, rules)),
  }))
  return record.chain(({ schema, values }) => values.map((value) => ({ schema, value })))
}

function listOf(item: Kind): Kind {
  const values = fc.array(item.values, { maxLength: 3 })
  return { schema: z.array(item.schema), values, isList: true, isNil: item.isNil }
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
