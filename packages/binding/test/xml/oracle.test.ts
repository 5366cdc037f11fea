import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { decode, outcomeOf } from './kit/decode.ts'
import { notWellFormed } from './kit/documents.ts'

/** Another parser, set up to see what ours sees. It is lenient: it takes much that is not well-formed. */
const oracle = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: true,
})

const name = fc.constantFrom('a', 'b', 'c', 'd-1', 'x:e')
const words = fc
  .array(fc.constantFrom('x', '1', ' y ', '&amp;', '&lt;', '&quot;', '>', '\n', '\u00e9', '\u{1f600}'), {
    maxLength: 5,
  })
  .map((parts) => parts.join(''))
const solid = words.map((one) => `.${one}.`)
const attributes = fc
  .uniqueArray(fc.tuple(name, fc.constantFrom('', '1', 'x y', '&amp;', '&gt;', "'")), {
    maxLength: 3,
    selector: ([key]) => key,
  })
  .map((all) => all.map(([key, value]) => ` ${key}="${value}"`).join(''))

const element = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(name, attributes, tie('content'))
    .map(([tag, list, content]) => `<${tag}${list}>${content}</${tag}>`),
  content: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    solid,
    fc.constant(''),
    solid.map((one) => `<![CDATA[${one}]]>`),
    fc
      .array(fc.oneof(tie('element'), fc.constantFrom('<!-- c -->', '<?p i?>')), { minLength: 1, maxLength: 4 })
      .map((all) => all.join('')),
    fc.tuple(solid, tie('element'), solid).map((all) => all.join('')),
  ),
})).element

test('where both take a document, they make the same of it', () => {
  fc.assert(
    fc.property(element, (document) => {
      expect(XMLValidator.validate(document)).toBe(true)
      expect(decode(document)).toEqual(oracle.parse(document))
    }),
    { numRuns: 1000 },
  )
})

test('what the validator of the other refuses, ours refuses', () => {
  const mutated = fc
    .tuple(element, fc.nat(), fc.nat(2), fc.constantFrom('', '<', '>', '&', '"', '=', '/', ' ', 'x', '</', '/>'))
    .map(([document, at, remove, insert]) => {
      const place = at % (document.length + 1)
      return document.slice(0, place) + insert + document.slice(place + remove)
    })
  let refused = 0
  fc.assert(
    fc.property(mutated, (document) => {
      if (XMLValidator.validate(document) === true) return
      refused += 1
      expect(outcomeOf(() => decode(document))).toHaveProperty('error')
    }),
    { numRuns: 2000 },
  )
  expect(refused).toBeGreaterThan(200)
})

test('the other cannot be made strict: why there is a parser of our own', () => {
  const taken = notWellFormed.filter(([, document]) => {
    try {
      if (XMLValidator.validate(document) !== true) return false
      oracle.parse(document)
      return true
    } catch {
      return false
    }
  })
  expect(taken.map(([reason]) => reason)).toEqual(
    expect.arrayContaining([
      'a ]]> in text',
      'a < in an attribute',
      'a second root',
      'two hyphens in a comment',
      'an entity of HTML',
    ]),
  )
})
