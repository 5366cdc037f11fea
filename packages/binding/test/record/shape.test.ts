import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { shapeOf, withJsonSchema } from '../../src/record/schema-shape.ts'
import type { Schema } from '../../src/record/schema.ts'
import { fieldShape, itemShape, type Shape } from '../../src/record/shape.ts'

/** The kinds that a shape takes, in words. */
function kinds(shape: Shape | undefined): string {
  if (shape === undefined) return 'unknown'
  const names = (['any', 'text', 'number', 'bigint', 'boolean', 'date', 'nil'] as const).filter((name) => shape[name])
  return [
    ...names,
    ...[...shape.literals.values()].map((literal) => JSON.stringify(literal)),
    ...shape.objects.map(() => 'object'),
    ...shape.arrays.map(() => 'array'),
  ].join(' ')
}

function field(shape: Shape | undefined, name: string): Shape | undefined {
  const [object] = shape?.objects ?? []
  return object === undefined ? undefined : fieldShape(object, name)
}

const iso = z.codec(z.iso.datetime(), z.date(), { decode: (s) => new Date(s), encode: (d) => d.toISOString() })

describe('what zod says', () => {
  test.each<[Schema, string]>([
    [z.string(), 'text'],
    [z.email(), 'text'],
    [z.number(), 'number'],
    [z.int(), 'number'],
    [z.bigint(), 'bigint'],
    [z.boolean(), 'boolean'],
    [z.date(), 'date'],
    [z.null(), 'nil'],
    [z.any(), 'any'],
    [z.unknown(), 'any'],
    [z.never(), 'any'],
    [z.coerce.number(), 'number'],
    [z.coerce.bigint(), 'bigint'],
    [iso, 'text'],
    [z.stringbool(), 'text'],
    [z.literal([1, 'a', true]), '1 "a" true'],
    [z.literal(null), 'nil'],
    [z.enum(['a', 'b']), '"a" "b"'],
    [z.bigint().nullable(), 'bigint nil'],
    [z.nullish(z.date()), 'date nil'],
    [z.union([z.string(), z.number()]), 'text number'],
    [z.union([z.literal('auto'), z.number()]), 'number "auto"'],
    [z.number().default(3), 'number'],
    [z.number().prefault(3), 'number'],
    [z.number().catch(3), 'number'],
    [z.number().readonly(), 'number'],
    [z.number().transform(String), 'number'],
    [z.string().pipe(z.coerce.number()), 'text'],
    [z.lazy(() => z.int()), 'number'],
    [z.array(z.int()), 'array'],
    [z.object({}), 'object'],
    [z.record(z.string(), z.int()), 'object'],
    [z.set(z.int()), 'any'],
    [z.instanceof(Uint8Array), 'any'],
    [z.union([z.object({}), z.array(z.int()), z.null()]), 'nil object array'],
    [z.intersection(z.string(), z.literal('a')), '"a"'],
    [z.intersection(z.union([z.string(), z.number()]), z.number()), 'number'],
    [z.int().meta({ id: 'test-count' }), 'number'],
  ])('%#', (schema, expected) => {
    expect(kinds(shapeOf(schema))).toBe(expected)
  })

  test('fields, required or not, and the rest', () => {
    const shape = shapeOf(z.object({ a: z.int(), b: z.string().optional(), c: z.boolean().default(true) }))
    expect(Array.from(shape?.objects[0]?.fields ?? [], ([name, { required }]) => [name, required])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ])
    expect(['a', 'b', 'c', 'd'].map((name) => kinds(field(shape, name)))).toEqual(['number', 'text', 'boolean', 'any'])
    expect(kinds(field(shapeOf(z.strictObject({ a: z.int() })), 'b'))).toBe('unknown')
    expect(kinds(field(shapeOf(z.looseObject({ a: z.int() })), 'b'))).toBe('any')
    expect(kinds(field(shapeOf(z.object({ a: z.int() }).catchall(z.boolean())), 'b'))).toBe('boolean')
    expect(kinds(field(shapeOf(z.record(z.string(), z.boolean())), 'b'))).toBe('boolean')
    const patterns = shapeOf(z.looseRecord(z.string().regex(/^n-/), z.int()))
    expect(kinds(field(patterns, 'n-1'))).toBe('number')
  })

  test('tuples', () => {
    const [array] = shapeOf(z.tuple([z.int(), z.string()], z.boolean()))?.arrays ?? []
    expect([0, 1, 2, 9].map((index) => kinds(array && itemShape(array, index)))).toEqual([
      'number',
      'text',
      'boolean',
      'boolean',
    ])
    const [closed] = shapeOf(z.tuple([z.int()]))?.arrays ?? []
    expect(kinds(closed && itemShape(closed, 1))).toBe('unknown')
  })

  test('a schema that contains itself', () => {
    const Tree = z.object({
      name: z.string(),
      get kids(): z.ZodArray<typeof Tree> {
        return z.array(Tree)
      },
    })
    let shape: Shape | undefined = shapeOf(z.object({ a: Tree, b: Tree }))
    shape = field(shape, 'a')
    for (let depth = 0; depth < 5; depth += 1) {
      const [array] = field(shape, 'kids')?.arrays ?? []
      shape = array && itemShape(array, 0)
      expect(kinds(field(shape, 'name'))).toBe('text')
    }
  })

  test('an intersection has the fields of both', () => {
    const Loop = z.object({
      get next() {
        return Both.optional()
      },
    })
    const Both: z.ZodType = z.intersection(Loop, z.object({ n: z.int() }).describe('not to be folded'))
    const shape = shapeOf(Both)
    expect(kinds(field(field(shape, 'next'), 'n'))).toBe('number')
    const union = z.intersection(
      z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]),
      z.object({ c: z.int() }),
    )
    expect(shapeOf(union)?.objects.map((object) => [...object.fields.keys()].toSorted())).toEqual([
      ['a', 'c'],
      ['b', 'c'],
    ])
  })

  test('is asked once', () => {
    const schema = z.object({ a: z.int() })
    expect(shapeOf(schema)).toBe(shapeOf(schema))
  })

  test('a field that is called __proto__', () => {
    const shape = shapeOf(z.object({ ['__proto__']: z.int() }))
    expect(kinds(field(shape, '__proto__'))).toBe('number')
    expect(kinds(field(shape, 'constructor'))).toBe('any')
  })
})

describe('what others say', () => {
  test('arktype', () => {
    const shape = shapeOf(
      type({
        a: 'number',
        'b?': 'string | null',
        c: 'bigint',
        d: 'Date',
        e: 'number[]',
        f: 'string.numeric.parse',
        g: "'x' | 1",
        h: 'boolean',
        '+': 'reject',
      }),
    )
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => kinds(field(shape, name)))).toEqual([
      'number',
      'text nil',
      'bigint',
      'date',
      'array',
      'text',
      '"x" 1',
      'boolean',
      'unknown',
    ])
  })

  test('arktype with a type that contains itself', () => {
    const { tree } = type.module({ tree: { name: 'string', kids: 'tree[]' } })
    const shape = shapeOf(tree)
    const [array] = field(shape, 'kids')?.arrays ?? []
    expect(kinds(field(array && itemShape(array, 0), 'name'))).toBe('text')
  })

  test('valibot and zod/mini say nothing', () => {
    expect(shapeOf(v.object({ a: v.number() }))).toBeUndefined()
    expect(shapeOf(mini.object({ a: mini.number() }))).toBeUndefined()
  })

  test('a converter that throws says nothing', () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'x',
        validate: (value: unknown) => ({ value }),
        jsonSchema: {
          input: () => {
            throw new Error('no')
          },
        },
      },
    } as const
    expect(shapeOf(schema)).toBeUndefined()
  })

  test('withJsonSchema says it for them', () => {
    const User = mini.object({ n: mini.number(), big: mini.bigint() })
    const json = mini.toJSONSchema(User, {
      io: 'input',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type === 'bigint') jsonSchema['x-halyard-type'] = 'bigint'
      },
    })
    const shape = shapeOf(withJsonSchema(User, json))
    expect([kinds(field(shape, 'n')), kinds(field(shape, 'big'))]).toEqual(['number', 'bigint'])
    expect(shapeOf(User)).toBeUndefined()
  })
})

describe('JSON Schema', () => {
  const of = (json: Record<string, unknown>): Shape | undefined => shapeOf(withJsonSchema(z.any(), json))

  test.each<[Record<string, unknown>, string]>([
    [{}, 'any'],
    [{ type: ['string', 'null'] }, 'text nil'],
    [{ type: 'unheard-of' }, 'any'],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'integer' } } }, 'number'],
    [{ $ref: '#/definitions/a~1b', definitions: { 'a/b': { type: 'integer' } } }, 'number'],
    [{ $ref: '#/nowhere' }, 'any'],
    [{ $ref: '#/toString' }, 'any'],
    [{ $ref: 'https://elsewhere.test/schema' }, 'any'],
    [{ $ref: '#' }, ''],
    [{ anyOf: [{ $ref: '#' }, { type: 'string' }] }, 'text'],
    [{ allOf: [{ type: ['string', 'integer'] }, { type: 'integer' }] }, 'number'],
    [{ type: 'object', allOf: [{ required: ['a'] }] }, 'object'],
    [{ const: { a: 1 } }, 'any'],
    [{ enum: ['1', 1] }, '"1"'],
    [{ enum: [1, null] }, 'nil 1'],
    [{ prefixItems: [{ type: 'string' }] }, 'array'],
    [{ anyOf: [true, { type: 'string' }] }, 'any'],
    [{ anyOf: [false, { type: 'string' }] }, 'text'],
  ])('%j', (json, expected) => {
    expect(kinds(of(json))).toBe(expected)
  })

  test('draft 7: a list of items', () => {
    const [array] = of({ type: 'array', items: [{ type: 'integer' }], additionalItems: false })?.arrays ?? []
    expect([0, 1].map((index) => kinds(array && itemShape(array, index)))).toEqual(['number', 'unknown'])
  })

  test('a pattern that is no regular expression says nothing', () => {
    const shape = of({ type: 'object', patternProperties: { '(': { type: 'integer' } } })
    expect(kinds(field(shape, '('))).toBe('any')
  })
})
