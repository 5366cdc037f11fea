import { describe, expect, test } from 'vitest'
import { decode, decodePieces, outcomeOf, refusal, singly } from './kit/decode.ts'

const strip = { namespaces: 'strip' } as const

const soap = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="x">
  <s:Body><m:Price xmlns:m="https://m.test" xmlns="https://d.test" m:unit="EUR" id="1"><Value>1.10</Value></m:Price></s:Body>
</s:Envelope>`

test('kept, names are as they are written', () => {
  expect(decode(soap)).toEqual({
    's:Envelope': {
      '@xmlns:s': 'http://schemas.xmlsoap.org/soap/envelope/',
      '@s:encodingStyle': 'x',
      's:Body': {
        'm:Price': {
          '@xmlns:m': 'https://m.test',
          '@xmlns': 'https://d.test',
          '@m:unit': 'EUR',
          '@id': '1',
          Value: '1.10',
        },
      },
    },
  })
})

test('stripped, names have no prefix and declarations are gone', () => {
  expect(decode(soap, strip)).toEqual({
    Envelope: { '@encodingStyle': 'x', Body: { Price: { '@unit': 'EUR', '@id': '1', Value: '1.10' } } },
  })
  expect(decode(soap, { ...strip, root: 'Envelope' })).toHaveProperty('Body.Price.Value', '1.10')
})

const accepted: readonly (readonly [words: string, document: string, root: unknown])[] = [
  ['an element with nothing but a declaration', '<a xmlns="u">x</a>', 'x'],
  ['the prefix xml', '<a xml:lang="de">x</a>', { '@lang': 'de', '#text': 'x' }],
  ['the prefix xml declared', '<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="de"/>', { '@lang': 'de' }],
  ['a prefix used before it is declared in the tag', '<x:a x:b="1" xmlns:x="u"/>', { '@b': '1' }],
  ['a prefix bound anew', '<x:a xmlns:x="u"><x:b xmlns:x="v"/><x:c/></x:a>', { b: '', c: '' }],
  ['names that meet', '<a xmlns:x="u" xmlns:y="v"><x:b>1</x:b><y:b>2</y:b><b>3</b></a>', { b: ['1', '2', '3'] }],
  [
    'attributes that meet',
    '<a xmlns:x="u" xmlns:y="v" x:b="1" b="2" y:b="3"/>',
    { '@x:b': '1', '@b': '2', '@y:b': '3' },
  ],
  ['attributes with prefixes that meet', '<a xmlns:x="u" xmlns:y="v" x:b="1" y:b="3"/>', { '@b': '1', '@y:b': '3' }],
  ['the default undone', '<a xmlns="u"><b xmlns=""/></a>', { b: '' }],
  [
    'nil, by whichever prefix',
    '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>',
    { '@xsi:nil': 'true' },
  ],
]

describe('stripped', () => {
  test.each(accepted)('%s', (_words, document, root) => {
    expect(Object.values(decode(document, strip))).toEqual([root])
    expect(outcomeOf(() => decodePieces(singly(Buffer.from(document)), strip))).toEqual({ value: root })
  })
})

describe('what is not well-formed as to namespaces is refused where they are resolved', () => {
  test.each([
    ['a prefix of an element that is not bound', '<a>\n<x:b/></a>', '2:1', 'bound to no namespace'],
    ['a prefix of an attribute that is not bound', '<a x:b="1"/>', '1:1', 'bound to no namespace'],
    ['a prefix out of its scope', '<a><b xmlns:x="u"/><x:c/></a>', '1:20', 'bound to no namespace'],
    ['a prefix bound to nothing', '<a xmlns:x=""/>', '1:1', 'bound to nothing'],
    ['two colons', '<a:b:c xmlns:a="u"/>', '1:1', 'more than one colon'],
    ['a colon first', '<:a/>', '1:1', 'a colon at its edge'],
    ['a colon last', '<a: xmlns:a="u"/>', '1:1', 'a colon at its edge'],
    ['a digit behind the colon', '<a:1 xmlns:a="u"/>', '1:1', 'a colon at its edge'],
    ['a declaration without a prefix', '<a xmlns:="u"/>', '1:1', 'a colon at its edge'],
    [
      'one attribute by two prefixes',
      '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>',
      '1:1',
      'the same name in the same',
    ],
    ['the prefix xmlns bound', '<a xmlns:xmlns="u"/>', '1:1', 'of xmlns is bound'],
    ['the namespace of xmlns bound', '<a xmlns:x="http://www.w3.org/2000/xmlns/"/>', '1:1', 'of xmlns is bound'],
    ['the prefix xml bound to something else', '<a xmlns:xml="u"/>', '1:1', 'belong to each other'],
    ['the namespace of xml by another prefix', '<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>', '1:1', 'belong'],
    ['the namespace of xml as the default', '<a xmlns="http://www.w3.org/XML/1998/namespace"/>', '1:1', 'reserved'],
    ['an element with the prefix xmlns', '<xmlns:a/>', '1:1', 'an element with the prefix xmlns'],
    ['a colon in the target of an instruction', '<?a:b?><a/>', '1:3', 'a colon in its target'],
  ])('%s', (_words, document, place, message) => {
    const error = refusal(document, strip)
    expect(error.message).toContain(message)
    expect(`${error.line}:${error.column}`).toBe(place)
    expect(() => decode(document)).not.toThrow()
  })
})
