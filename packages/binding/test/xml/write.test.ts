import { BodyError, ConfigError } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { writeXml, xmlBody, type XmlWriteOptions } from '../../src/xml/index.ts'
import { decode } from './kit/decode.ts'

const bare = { declaration: false } as const

const written: readonly (readonly [words: string, value: unknown, document: string])[] = [
  ['text', { a: 'x' }, '<a>x</a>'],
  ['nothing', { a: '' }, '<a/>'],
  ['an object of nothing', { a: {} }, '<a/>'],
  ['children', { a: { b: '1', c: { d: '2' } } }, '<a><b>1</b><c><d>2</d></c></a>'],
  ['arrays', { a: { b: ['1', '', { c: '2' }], d: [], e: ['3'] } }, '<a><b>1</b><b/><b><c>2</c></b><e>3</e></a>'],
  ['an array of one as the root', { a: ['x'] }, '<a>x</a>'],
  ['attributes', { a: { '@b': '1', '@c': 2, d: '', '@e': true } }, '<a b="1" c="2" e="true"><d/></a>'],
  ['attributes and text', { a: { '@b': '', '#text': 'x' } }, '<a b="">x</a>'],
  ['text beside children', { a: { b: '', '#text': 'x' } }, '<a>x<b/></a>'],
  ['blank text beside children', { a: { b: '', '#text': ' \n' } }, '<a><![CDATA[ \n]]><b/></a>'],
  ['empty text beside an attribute', { a: { '@b': '1', '#text': '' } }, '<a b="1"><![CDATA[]]></a>'],
  ['what is escaped in text', { a: `<&>"']]>\r\n\t` }, `<a>&lt;&amp;&gt;"']]&gt;&#13;\n\t</a>`],
  ['what is escaped in attributes', { a: { '@b': `<&>"'\r\n\t` } }, `<a b="&lt;&amp;&gt;&quot;'&#13;&#10;&#9;"/>`],
  [
    'numbers',
    { a: { n: [0, -0, 1.5, 1e21, 1e-7, 9007199254740993n] } },
    '<a><n>0</n><n>-0</n><n>1.5</n><n>1e+21</n><n>1e-7</n><n>9007199254740993</n></a>',
  ],
  ['booleans', { a: [true] }, '<a>true</a>'],
  ['dates', { a: new Date(0) }, '<a>1970-01-01T00:00:00.000Z</a>'],
  ['what is undefined', { a: { b: undefined, '@c': undefined, '#text': undefined }, x: undefined }, '<a/>'],
  [
    'null',
    { a: { b: null, c: [null] } },
    '<a><b xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>' +
      '<c xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></a>',
  ],
  [
    'names of many letters',
    { '\u00e9l\u00e9ment': { '@\u540d': '\u{1f600}' } },
    '<\u00e9l\u00e9ment \u540d="\u{1f600}"/>',
  ],
  ['names of prototypes', { constructor: { toString: '1' } }, '<constructor><toString>1</toString></constructor>'],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 'x' }), '<a>x</a>'],
]

describe('what is written', () => {
  test.each(written)('%s', (_words, value, document) => {
    expect(writeXml(value, bare)).toBe(document)
    expect(() => decode(document)).not.toThrow()
  })

  test('a declaration comes first, unless it is not wanted', () => {
    expect(writeXml({ a: 'x' })).toBe('<?xml version="1.0" encoding="UTF-8"?><a>x</a>')
  })

  test('root names the element whose content the value is', () => {
    expect(writeXml('x', { root: 'a', ...bare })).toBe('<a>x</a>')
    expect(writeXml({ b: '1', '@c': '2' }, { root: 'a', ...bare })).toBe('<a c="2"><b>1</b></a>')
    expect(decode(writeXml({ b: '1' }, { root: 'a' }), { root: 'a' })).toEqual({ b: '1' })
    expect(writeXml(null, { root: 'a', ...bare })).toContain('xsi:nil="true"')
  })

  test('indented, but for what has text', () => {
    const value = { a: { b: '1', c: { d: ['', { e: ' ' }] }, m: { '#text': 'x', n: { o: '1' } } } }
    const document = writeXml(value, { indent: 2 })
    expect(document).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<a>
  <b>1</b>
  <c>
    <d/>
    <d>
      <e> </e>
    </d>
  </c>
  <m>x<n>
      <o>1</o>
    </n></m>
</a>`)
    expect(decode(document)).toEqual(value)
  })

  test('namespaces are declared on the root element', () => {
    const options = { ...bare, namespaces: { '': 'https://d.test/?a=1&b=2', x: 'u' } }
    expect(writeXml({ a: { 'x:b': '1' } }, options)).toBe(
      '<a xmlns="https://d.test/?a=1&amp;b=2" xmlns:x="u"><x:b>1</x:b></a>',
    )
    expect(writeXml({ a: { '@xmlns:x': 'u' } }, options)).toBe('<a xmlns="https://d.test/?a=1&amp;b=2" xmlns:x="u"/>')
    expect(() => writeXml({ a: { '@xmlns:x': 'v' } }, options)).toThrow('namespaces declares otherwise')
  })

  test('xsi is declared once where the option declares it', () => {
    const namespaces = { xsi: 'http://www.w3.org/2001/XMLSchema-instance' }
    const document = '<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><b xsi:nil="true"/></a>'
    expect(writeXml({ a: { b: null } }, { ...bare, namespaces })).toBe(document)
    expect(() => writeXml({ a: { b: null } }, { namespaces: { xsi: 'u' } })).toThrow(
      'xsi is bound to another namespace',
    )
  })
})

const cyclic: Record<string, unknown> = {}
cyclic['b'] = [cyclic]
const deep = (levels: number): unknown => {
  let value: unknown = 'x'
  for (let level = 0; level < levels; level += 1) value = { a: value }
  return value
}

const refused: readonly (readonly [words: string, value: unknown, message: string])[] = [
  ['no root', {}, 'one root element'],
  ['two roots', { a: '1', b: '2' }, 'one root element'],
  ['a root that is undefined', { a: undefined }, 'one root element'],
  ['text without a root', 'x', 'one root element'],
  ['nothing', undefined, 'one root element'],
  ['null', null, 'one root element'],
  ['an array', ['x'], 'one root element'],
  ['an array as the root', { a: ['x', 'y'] }, 'the root element is an array'],
  ['an empty array as the root', { a: [] }, 'the root element is an array'],
  ['text as the root', { '#text': 'x' }, 'not an XML name at #text'],
  ['an attribute as the root', { '@a': 'x' }, 'not an XML name at @a'],
  ['a name with a blank', { a: { 'b c': '1' } }, 'not an XML name at a["b c"]'],
  ['a name that is markup', { 'a><evil': '1' }, 'not an XML name'],
  ['an empty name', { a: { '': '1' } }, 'not an XML name'],
  ['a name that begins with a digit', { a: { 1: '1' } }, 'not an XML name at a.1'],
  ['an attribute without a name', { a: { '@': '1' } }, 'an attribute whose name is not an XML name at a.@'],
  ['an attribute that is markup', { a: { '@b="1" c': '1' } }, 'an attribute whose name'],
  ['an attribute that is an object', { a: { '@b': {} } }, 'an attribute that is null, an array or an object at a.@b'],
  ['an attribute that is an array', { a: { '@b': ['1'] } }, 'an attribute that is null'],
  ['an attribute that is null', { a: { '@b': null } }, 'an attribute that is null'],
  ['text that is an object', { a: { '#text': {} } }, 'a value that has no text at a.#text'],
  ['text that is null', { a: { '#text': null } }, 'a value that has no text'],
  ['an array in an array', { a: { b: [['1']] } }, 'an array within an array at a.b'],
  ['an array with a hole', { a: { b: ['1', undefined] } }, 'an item that is undefined'],
  ['a control character', { a: { b: 'x\u0001' } }, 'a character that XML does not allow at a.b'],
  ['a control character in an attribute', { a: { '@b': '\0' } }, 'a character that XML does not allow'],
  ['U+FFFF', { a: '\uffff' }, 'a character that XML does not allow'],
  ['half of a pair', { a: 'x\ud800' }, 'a character that XML does not allow'],
  ['NaN', { a: Number.NaN }, 'not finite'],
  ['Infinity', { a: { '@b': -Infinity } }, 'not finite'],
  ['a date that is none', { a: new Date(Number.NaN) }, 'a date that is none'],
  ['a function', { a: () => '' }, 'no text'],
  ['a symbol', { a: Symbol('x') }, 'no text'],
  ['a map', { a: new Map([['b', 1]]) }, 'no text'],
  ['bytes', { a: new Uint8Array(2) }, 'no text'],
  ['a cycle', { a: cyclic }, 'contains itself'],
  ['too many levels', deep(502), 'deeper than 500'],
]

describe('what has no form in XML is refused', () => {
  test.each(refused)('%s', (_words, value, message) => {
    const failure = thrown(() => writeXml(value))
    expect(failure).toBeInstanceOf(BodyError)
    expect(failure).toMatchObject({ code: 'encode', sent: 'no' })
    expect(String(failure)).toContain(message)
  })

  test('a value that occurs twice is no cycle', () => {
    const twice = { c: '1' }
    expect(writeXml({ a: { b: [twice, twice] } }, bare)).toBe('<a><b><c>1</c></b><b><c>1</c></b></a>')
  })

  test('as deep as it may be, it can be read', () => {
    const value = deep(500)
    expect(decode(writeXml(value))).toEqual(value)
  })

  test('wrong options', () => {
    const wrong: unknown[] = [
      { root: '1a' },
      { root: '' },
      { declaration: 'no' },
      { indent: 17 },
      { indent: '  ' },
      { namespaces: 'u' },
      { namespaces: { 'a:b': 'u' } },
      { namespaces: { '1': 'u' } },
      { namespaces: { xmlns: 'u' } },
      { namespaces: { xml: 'u' } },
      { namespaces: { a: 'http://www.w3.org/XML/1998/namespace' } },
      { namespaces: { a: 'http://www.w3.org/2000/xmlns/' } },
      { namespaces: { a: '' } },
      { namespaces: { a: 1 } },
    ]
    for (const options of wrong) {
      const write = (): unknown => Reflect.apply(writeXml, undefined, [{ a: 'x' }, options])
      expect(write).toThrow(ConfigError)
    }
  })
})

test('a body in UTF-8', () => {
  const body = xmlBody({ a: '\u00e9' })
  expect(body).toMatchObject({ contentType: 'application/xml', replayable: true, length: 47 })
  expect(decode(bytesOf(body.open()))).toEqual({ a: '\u00e9' })
  const options: XmlWriteOptions & { mediaType: string } = { ...bare, mediaType: 'application/atom+xml' }
  expect(xmlBody({ a: '' }, options)).toMatchObject({ contentType: 'application/atom+xml', length: 4 })
  expect(() => xmlBody({ 'a b': '' })).toThrow(BodyError)
})

function bytesOf(opened: unknown): Uint8Array {
  if (opened instanceof Uint8Array) return opened
  throw new Error('not bytes')
}

function thrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
