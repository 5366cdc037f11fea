import { describe, expect, test } from 'vitest'
import { cutOutcomes, decode, decodePieces, outcomeOf, refusal, singly, wholeOutcome } from './kit/decode.ts'

const internal = { doctype: 'internal' } as const

test('a DOCTYPE is refused, with the option that allows it', () => {
  for (const document of ['<!DOCTYPE a><a/>', '<!DOCTYPE a [', '<!-- x -->\n<!DOCTYPE html SYSTEM "x"><html/>']) {
    const error = refusal(document)
    expect(error.message).toContain("has a DOCTYPE, which is refused; the option doctype: 'internal' allows")
    expect(error.line).toBe(document.startsWith('<!--') ? 2 : 1)
    expect(error.column).toBe(1)
  }
})

const allowed: readonly (readonly [words: string, document: string, root: unknown])[] = [
  ['a name alone', '<!DOCTYPE a><a/>', ''],
  ['white space everywhere', '<!DOCTYPE \n a [ \n ] \t ><a/>', ''],
  ['an empty subset', '<!DOCTYPE a[]><a/>', ''],
  ['an entity', '<!DOCTYPE a [<!ENTITY e "x">]><a>1&e;2</a>', '1x2'],
  ['an entity in single quotes', "<!DOCTYPE a [<!ENTITY e '\"'>]><a>&e;</a>", '"'],
  ['an entity in an attribute', '<!DOCTYPE a [<!ENTITY e "x\n&#10;y">]><a b="&e;"/>', { '@b': 'x  y' }],
  ['an empty entity', '<!DOCTYPE a [<!ENTITY e "">]><a>&e;</a>', ''],
  ['an entity of elements', '<!DOCTYPE a [<!ENTITY e "<b>x</b>y<c/>">]><a>&e;</a>', { b: 'x', c: '', '#text': 'y' }],
  [
    'entities in entities',
    '<!DOCTYPE a [<!ENTITY e "1&f;2"><!ENTITY f "<b/>">]><a>&e;&e;</a>',
    { b: ['', ''], '#text': '1212' },
  ],
  ['the first declaration counts', '<!DOCTYPE a [<!ENTITY e "1"><!ENTITY e "2">]><a>&e;</a>', '1'],
  ['the five stay as they are', '<!DOCTYPE a [<!ENTITY lt "&#38;#60;"><!ENTITY amp "x">]><a>&lt;&amp;</a>', '<&'],
  ['references in a value are resolved when declared', '<!DOCTYPE a [<!ENTITY e "&#38;lt;&#x41;">]><a>&e;</a>', '<A'],
  ['markup by reference', '<!DOCTYPE a [<!ENTITY e "&#60;b/>">]><a>&e;</a>', { b: '' }],
  ['sections and comments in an entity', '<!DOCTYPE a [<!ENTITY e "<![CDATA[<]]><!-- x --><?p x?>">]><a>&e;</a>', '<'],
  ['an entity that nobody uses may hold anything', '<!DOCTYPE a [<!ENTITY e "</a> & ]]>">]><a/>', undefined],
  [
    'a carriage return by reference',
    '<!DOCTYPE a [<!ENTITY e "&#13;">]><a b="&e;">&e;</a>',
    { '@b': ' ', '#text': '\r' },
  ],
  [
    'other declarations',
    `<!DOCTYPE a [ <!ELEMENT a (#PCDATA|b)*> <!ATTLIST a b CDATA "x>y" c (d|e) #IMPLIED>
       <!NOTATION n PUBLIC "p>"> <!-- x > ] --> <?p ]> ?> ]><a/>`,
    '',
  ],
]

describe('an internal subset is read where it is allowed', () => {
  test.each(allowed)('%s', (_words, document, root) => {
    if (root === undefined) expect(() => decode(document, internal)).toThrow('an ampersand that begins no reference')
    else expect(decode(document, internal)).toEqual({ a: root })
  })
})

const refused: readonly (readonly [words: string, document: string, place: string, message: string])[] = [
  [
    'an external subset',
    '<!DOCTYPE a SYSTEM "http://x/"><a/>',
    '1:13',
    'external entity, which is refused and never fetched',
  ],
  ['a public external subset', '<!DOCTYPE a PUBLIC "-//x" "y" []><a/>', '1:13', 'external entity'],
  ['an external entity', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', '1:25', 'external entity'],
  ['an external entity, unused', '<!DOCTYPE a [<!ENTITY e PUBLIC "x" "y">]><a/>', '1:25', 'external entity'],
  ['an unparsed entity', '<!DOCTYPE a [<!ENTITY e SYSTEM "x" NDATA n>]><a/>', '1:25', 'external entity'],
  ['a parameter entity', '<!DOCTYPE a [<!ENTITY % e "x">]><a/>', '1:23', 'parameter entity'],
  ['a parameter reference', '<!DOCTYPE a [%e;]><a/>', '1:14', 'parameter entity'],
  ['a parameter reference in a value', '<!DOCTYPE a [<!ENTITY e "1%f;">]><a/>', '1:27', 'parameter entity'],
  ['a parameter reference in a declaration', '<!DOCTYPE a [<!ELEMENT a %f;>]><a/>', '1:26', 'parameter entity'],
  ['an entity that names itself', '<!DOCTYPE a [<!ENTITY e "&e;">]><a>&e;</a>', '1:36', 'contains itself'],
  [
    'entities that name each other',
    '<!DOCTYPE a [<!ENTITY e "&f;"><!ENTITY f "x&e;">]><a>&e;</a>',
    '1:54',
    'contains itself',
  ],
  [
    'the same in an attribute',
    '<!DOCTYPE a [<!ENTITY e "&f;"><!ENTITY f "x&e;">]><a b="&e;"/>',
    '1:57',
    'contains itself',
  ],
  [
    'an element that an entity leaves open',
    '<!DOCTYPE a [<!ENTITY e "<b>">]><a>&e;</b></a>',
    '1:36',
    'does not close its elements',
  ],
  [
    'an element that an entity closes',
    '<!DOCTYPE a [<!ENTITY e "</a>">]><a>&e;',
    '1:37',
    'an end tag without a start tag',
  ],
  ['a token that an entity begins', '<!DOCTYPE a [<!ENTITY e "<b">]><a>&e;></a>', '1:35', 'ends inside of a token'],
  [
    'a section that an entity begins',
    '<!DOCTYPE a [<!ENTITY e "<![CDATA[">]><a>&e;]]></a>',
    '1:42',
    'ends inside of a token',
  ],
  [
    'a reference that an entity begins',
    '<!DOCTYPE a [<!ENTITY e "&#38;">]><a>&e;amp;</a>',
    '1:38',
    'ends inside of a token',
  ],
  ['a ]]> in an entity', '<!DOCTYPE a [<!ENTITY e "]]&#62;">]><a>&e;</a>', '1:40', 'a ]]> in text'],
  [
    'a < in an entity of an attribute',
    '<!DOCTYPE a [<!ENTITY e "&#60;">]><a b="&e;"/>',
    '1:41',
    'an attribute value with a <',
  ],
  ['an entity that is not declared', '<!DOCTYPE a [<!ENTITY e "&f;">]><a>&e;</a>', '1:36', 'not declared'],
  [
    'a duplicate attribute in an entity',
    "<!DOCTYPE a [<!ENTITY e \"<b c='' c=''/>\">]><a>&e;</a>",
    '1:47',
    'there twice',
  ],
  [
    'a DOCTYPE in an entity',
    '<!DOCTYPE a [<!ENTITY e "<!DOCTYPE a>">]><a>&e;</a>',
    '1:45',
    'a DOCTYPE where none may be',
  ],
  [
    'an XML declaration in an entity',
    '<!DOCTYPE a [<!ENTITY e "<?xml version=\'1.0\'?>">]><a>&e;</a>',
    '1:54',
    'very start',
  ],
  ['an XML declaration in the subset', '<!DOCTYPE a [<?xml version="1.0"?>]><a/>', '1:14', 'very start'],
  [
    'an ampersand in a value',
    '<!DOCTYPE a [<!ENTITY e "a & b">]><a/>',
    '1:28',
    'an ampersand that begins no reference',
  ],
  [
    'a bad character reference in a value',
    '<!DOCTYPE a [<!ENTITY e "&#0;">]><a/>',
    '1:26',
    'a character that XML does not allow',
  ],
  ['a value without quotes', '<!DOCTYPE a [<!ENTITY e x>]><a/>', '1:25', 'without a quoted value'],
  ['something behind a value', '<!DOCTYPE a [<!ENTITY e "x" y>]><a/>', '1:29', 'a > is missing'],
  ['no white space before a value', '<!DOCTYPE a [<!ENTITY e"x">]><a/>', '1:24', 'white space is missing'],
  ['an entity without a name', '<!DOCTYPE a [<!ENTITY "x">]><a/>', '1:23', 'a name is missing'],
  ['no name', '<!DOCTYPE [ ]><a/>', '1:11', 'a name is missing'],
  ['no white space', '<!DOCTYPEa><a/>', '1:10', 'white space is missing'],
  ['text in the subset', '<!DOCTYPE a [ x ]><a/>', '1:15', 'no declaration'],
  ['an element in the subset', '<!DOCTYPE a [<b/>]><a/>', '1:14', 'no declaration'],
  ['a section in the subset', '<!DOCTYPE a [<![INCLUDE[ ]]>]><a/>', '1:14', 'no declaration'],
  [
    'a declaration in a declaration',
    '<!DOCTYPE a [<!ELEMENT a <!ELEMENT b ANY>>]><a/>',
    '1:26',
    'within a declaration',
  ],
  ['two hyphens in a comment', '<!DOCTYPE a [<!-- x -- y -->]><a/>', '1:21', 'two hyphens'],
  ['two DOCTYPEs', '<!DOCTYPE a><!DOCTYPE a><a/>', '1:13', 'where none may be'],
  ['one behind the root', '<a/><!DOCTYPE a>', '1:5', 'where none may be'],
  ['one that does not end', '<!DOCTYPE a [<!ENTITY e "x">]', '1:1', 'ends inside of the DOCTYPE'],
  ['a quote that stays open', '<!DOCTYPE a [<!ATTLIST a b "x>]><a/>', '1:1', 'ends inside of the DOCTYPE'],
]

describe('and refused where it is wrong, or reaches outside', () => {
  test.each(refused)('%s', (_words, document, place, message) => {
    const error = refusal(document, internal)
    expect(error.message).toContain(message)
    expect(`${error.line}:${error.column}`).toBe(place)
  })
})

test('a document with a subset is the same however it is cut', () => {
  for (const [, document] of [...allowed, ...refused]) {
    expect(cutOutcomes(document, internal)).toEqual(new Set([wholeOutcome(document, internal)]))
  }
})

test('references count once, also in a tag that comes in pieces', () => {
  const document = Buffer.from('<!DOCTYPE a [<!ENTITY e "&#65;">]><a b="&e;&#65;" c="&e;"/>')
  expect(outcomeOf(() => decodePieces(singly(document), { ...internal, maxExpansions: 4 }))).toEqual({
    value: { '@b': 'AA', '@c': 'A' },
  })
  expect(outcomeOf(() => decodePieces(singly(document), { ...internal, maxExpansions: 3 }))).toHaveProperty('error')
})
