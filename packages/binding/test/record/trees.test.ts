import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bind } from '../../src/record/index.ts'
import { anySample } from './any-record.ts'
import { source } from './source.ts'

const unicode = fc.string({ unit: fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((code) => String.fromCharCode(code)) })
const words = fc.oneof(unicode, fc.constantFrom('007', '1.10', '0x1F', 'true', 'null', '', ' ', '9007199254740993'))
const names = fc
  .oneof(unicode, fc.constantFrom('constructor', 'toString', 'a-b', 'a.b', '0'))
  .filter((name) => name !== '' && name !== '__proto__' && !/^[@#]|[[\]]/.test(name))

/** As an XML writer and reader leave it. */
function treeOf(value: unknown): unknown {
  if (value === null) return { '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance', '@xsi:nil': 'true' }
  if (typeof value !== 'object' || value instanceof Date) return textOf(value)
  const entries = Object.entries(value).flatMap(([name, member]) => {
    if (!Array.isArray(member)) return [[name, treeOf(member)] as const]
    if (member.length === 0) return []
    return [[name, member.length === 1 ? treeOf(member[0]) : member.map(treeOf)] as const]
  })
  return entries.length === 0 ? '' : Object.fromEntries(entries)
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return Object.is(value, -0) ? '-0' : String(value)
}

/** As a form is written: `a[b]`, `a[0][b]`, a key for each value of a list. */
function* keysOf(value: object, prefix = ''): Generator<readonly [key: string, text: string]> {
  for (const [name, member] of Object.entries(value)) {
    const key = prefix === '' ? name : `${prefix}[${name}]`
    const items: readonly unknown[] = Array.isArray(member) ? member : [member]
    for (const [index, item] of items.entries()) {
      if (typeof item !== 'object' || item === null || item instanceof Date) yield [key, textOf(item)]
      else yield* keysOf(item, Array.isArray(member) ? `${key}[${index}]` : key)
    }
  }
}

function flatOf(value: object): Record<string, unknown> {
  const flat: Record<string, unknown> = {}
  for (const [key, text] of keysOf(value)) {
    const known = Object.hasOwn(flat, key) ? flat[key] : undefined
    flat[key] = known === undefined ? text : [known, text].flat()
  }
  return flat
}

test('any record comes back from a tree of XML text', async () => {
  await fc.assert(
    fc.asyncProperty(
      anySample({ names, text: words, nulls: true, hollow: true, minusZero: true }),
      async ({ schema, value }) => {
        expect(
          isDeepStrictEqual(await bind(schema, { root: treeOf(value) }.root, source, { format: 'xml' }), value),
        ).toBe(true)
      },
    ),
  )
})

test('any record comes back from the keys of a form', async () => {
  await fc.assert(
    fc.asyncProperty(
      anySample({ names, text: words, nulls: false, hollow: false, minusZero: true }),
      async ({ schema, value }) => {
        expect(isDeepStrictEqual(await bind(schema, flatOf(Object(value)), source, { format: 'form' }), value)).toBe(
          true,
        )
      },
    ),
  )
})

test('lax binding changes nothing that fits', async () => {
  await fc.assert(
    fc.asyncProperty(
      anySample({ names, text: words, nulls: true, hollow: true, minusZero: true }),
      async ({ schema, value }) => {
        expect(isDeepStrictEqual(await bind(schema, treeOf(value), source, { format: 'xml', lax: true }), value)).toBe(
          true,
        )
        expect(isDeepStrictEqual(await bind(schema, value, source, { format: 'json', lax: true }), value)).toBe(true)
      },
    ),
  )
})

test('any tree of text: bound, or refused by type', async () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      words,
      fc.dictionary(fc.oneof(names, fc.constantFrom('@a', '#text', '@xsi:nil', '__proto__')), tie('tree')),
      fc.array(tie('tree')),
    ),
  }))
  const format = fc.constantFrom('xml' as const, 'form' as const)
  const sample = anySample({
    names: fc.constantFrom('a', '@a', '#text'),
    text: words,
    nulls: true,
    hollow: true,
    minusZero: true,
  })
  await fc.assert(
    fc.asyncProperty(tree, sample, format, fc.boolean(), async (value, { schema }, kind, lax) => {
      const before = JSON.stringify(value)
      try {
        await bind(schema, value, source, { format: kind, lax })
      } catch (error) {
        expect(['ValidationError', 'DecodeError']).toContain(Object(error).name)
      }
      expect(JSON.stringify(value)).toBe(before)
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
  )
})
