import { BodyError } from '@halyard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecodeError } from '../../src/reading/decode-error.ts'
import { writeXml, type XmlValue } from '../../src/xml/index.ts'
import { decode, decodePieces, outcomeOf } from './kit/decode.ts'
import { wellFormed } from './kit/documents.ts'

const awkward = fc.constantFrom(
  ']]>',
  '&',
  '&amp;',
  '<',
  '>',
  '"',
  "'",
  '\r',
  '\r\n',
  '\n',
  '\t',
  ' ',
  '\u0001',
  '\ud800',
  '\ufffe',
  '\u0085',
  '<![CDATA[',
  '-->',
  '\u{1f600}',
  '',
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.oneof(awkward, fc.string({ maxLength: 3 }))).map((parts) => parts.join('')),
)
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'x:y', '_', '\u00e9', 'a.b-1', '\u{10000}') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', '1', 'a b', '', 'a>b', 'xmlns'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
)

/** Trees as the reader makes them, of any text and of names that are names for the most part. */
const tree = fc.letrec<{ value: XmlValue; element: XmlValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' }, text, tie('element')),
  element: fc
    .tuple(
      fc.array(fc.tuple(name, text), { maxLength: 3 }),
      fc.array(fc.tuple(name, fc.oneof(tie('value'), fc.array(tie('value'), { minLength: 2, maxLength: 4 }))), {
        maxLength: 4,
      }),
      fc.option(text, { nil: undefined }),
    )
    .filter(([attributes, children]) => attributes.length + children.length > 0)
    .map(([attributes, children, own]) =>
      Object.fromEntries([
        ...attributes.map(([key, value]) => [`@${key}`, value] as const),
        ...children,
        ...(own === undefined ? [] : [['#text', own] as const]),
      ]),
    ),
})).value

test('a tree that is written comes back equal, or is refused', () => {
  let equal = 0
  fc.assert(
    fc.property(name, tree, fc.nat(3), fc.boolean(), (root, value, indent, declaration) => {
      const document = { [root]: value }
      let written: string
      try {
        written = writeXml(document, { indent, declaration })
      } catch (error) {
        expect(error).toBeInstanceOf(BodyError)
        return
      }
      try {
        expect(decode(written)).toEqual(document)
        equal += 1
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        expect(error.message).toContain('prototypeKeys')
      }
    }),
    { numRuns: 1000 },
  )
  expect(equal).toBeGreaterThan(100)
})

/** Pieces of documents, put together at random: some are well-formed, most are not. */
const scraps = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<a>',
        '</a>',
        '<b/>',
        '<a b="',
        '"',
        "'",
        '>',
        '<',
        '/>',
        '&',
        '&amp;',
        '&#65;',
        '&#x',
        ';',
        ']]>',
        '<![CDATA[',
      ),
      fc.constantFrom(
        '<!--',
        '-->',
        '--',
        '<?p ',
        '?>',
        '<?xml version="1.0"?>',
        '<!DOCTYPE a [',
        '<!ENTITY e "',
        ']>',
        '&e;',
        '%',
        ' ',
        '\n',
      ),
      fc.constantFrom('x', '=', ':', '\r', '\u00e9', '\u{1f600}', '\u0001', 'xmlns:x="u"', '<x:a>', '</x:a>'),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''))

const options = fc.record({
  doctype: fc.constantFrom('refuse', 'internal'),
  namespaces: fc.constantFrom('keep', 'strip'),
  maxExpansions: fc.nat(3),
  maxDepth: fc.integer({ min: 1, max: 3 }),
  prototypeKeys: fc.constantFrom('error', 'drop'),
  excerptBytes: fc.nat(40),
} as const)

test('whatever comes is a value or a DecodeError with a place', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        scraps,
        scraps.map((inner) => `<a>${inner}</a>`),
      ),
      options,
      (document, settings) => {
        const outcome = outcomeOf(() => decode(document, settings))
        if ('error' in outcome) expect(outcome.error).toMatch(/\(line \d+, column \d+\)$/)
      },
    ),
    { numRuns: 3000 },
  )
})

test('whatever bytes come, too', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('', '; charset=utf-16', '; charset=latin1'),
      (bytes, charset) => {
        const outcome = outcomeOf(() => decode(bytes, {}, `text/xml${charset}`))
        if ('error' in outcome) expect(outcome.error).toMatch(/\(line \d+, column \d+\)$/)
      },
    ),
    { numRuns: 2000 },
  )
})

test('cut anywhere, it is the same', () => {
  const wrapped = scraps.map((inner) => `<a>${inner}</a>`)
  fc.assert(
    fc.property(fc.oneof(scraps, wrapped), options, fc.array(fc.nat(12)), (document, settings, lengths) => {
      const bytes = Buffer.from(document)
      const pieces: Uint8Array[] = []
      let from = 0
      for (const length of lengths) {
        pieces.push(bytes.subarray(from, from + length))
        from += length
      }
      pieces.push(bytes.subarray(from))
      const whole = outcomeOf(() => decodePieces([bytes], settings))
      expect(outcomeOf(() => decodePieces(pieces, settings))).toEqual(whole)
    }),
    { numRuns: 3000 },
  )
})

test('one character more, less or other, and nothing but a value or a DecodeError comes of it', () => {
  const documents = wellFormed.map(([, document]) => document)
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat(3),
    insert: fc.constantFrom('', '<', '>', '&', '"', ']]>', '--', 'x', ' ', '/', '?', '\0'),
  })
  fc.assert(
    fc.property(fc.constantFrom(...documents), edit, (whole, { at, remove, insert }) => {
      const place = at % (whole.length + 1)
      const mutated = whole.slice(0, place) + insert + whole.slice(place + remove)
      const outcome = outcomeOf(() => decode(mutated))
      if ('error' in outcome) expect(outcome.error).toMatch(/\(line \d+, column \d+\)$/)
    }),
    { numRuns: 3000 },
  )
})
