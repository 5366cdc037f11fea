import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMediaType, parseParameters } from '../../src/index.ts'
import { anyText } from '../any-text.ts'

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/)

describe('RFC 9110 §8.3.1: media type', () => {
  test.each<[string, string, string | undefined, Record<string, string>]>([
    ['text/html', 'text/html', undefined, {}],
    ['Text/HTML', 'text/html', undefined, {}],
    [' \ttext/html\t ', 'text/html', undefined, {}],
    ['text/html;charset=utf-8', 'text/html', undefined, { charset: 'utf-8' }],
    ['Text/HTML;Charset="UTF-8"', 'text/html', undefined, { charset: 'UTF-8' }],
    ['text/html; charset="utf-8"', 'text/html', undefined, { charset: 'utf-8' }],
    ['text/html \t; \tcharset=utf-8 \t', 'text/html', undefined, { charset: 'utf-8' }],
    ['application/problem+json', 'application/problem+json', 'json', {}],
    ['application/a+b+XML', 'application/a+b+xml', 'xml', {}],
    ['application/x+', 'application/x+', '', {}],
    ['*/*', '*/*', undefined, {}],
    ['text/html;', 'text/html', undefined, {}],
    ['text/html;;;a=b;;', 'text/html', undefined, { a: 'b' }],
  ])('%j', (text, essence, suffix, parameters) => {
    const parsed = parseMediaType(text)
    const [type, subtype] = essence.split('/')
    expect(parsed).toEqual({ type, subtype, essence, suffix, parameters: new Map(Object.entries(parameters)) })
  })

  test.each([
    undefined,
    '',
    ' ',
    'text',
    'text/',
    '/html',
    'text /html',
    'text/ html',
    'text/html, text/plain',
    'text/ht ml',
    'text//html',
    'tëxt/html',
    'text/html\n',
    '\ntext/html',
    ';charset=utf-8',
  ])('%j is none', (text) => {
    expect(parseMediaType(text)).toBeUndefined()
  })
})

describe('RFC 9110 §5.6.6: parameters', () => {
  test.each<[string, Record<string, string>]>([
    ['; a=b; C=D', { a: 'b', c: 'D' }],
    ['; a=1; a=2; A=3', { a: '1' }],
    ['; a=', { a: '' }],
    ['; a=""', { a: '' }],
    ['; a; b=1', { b: '1' }],
    ['; =x; b=1', { b: '1' }],
    ['; a=b=c', { a: 'b=c' }],
    ['form-data; name="a;b=c"; filename="d"', { name: 'a;b=c', filename: 'd' }],
    ['; a="x" junk; b=1', { a: 'x', b: '1' }],
    ['; __proto__=x', JSON.parse('{ "__proto__": "x" }')],
  ])('%j', (text, expected) => {
    expect([...parseParameters(text)]).toEqual(Object.entries(expected))
  })
})

describe('RFC 9110 §5.6.4: quoted strings', () => {
  test.each([
    ['; a="x\\"y"', 'x"y'],
    ['; a="x\\\\"', 'x\\'],
    ['; a="\\x"', 'x'],
    ['; a="not ended', 'not ended'],
    ['; a="ends in a backslash\\', 'ends in a backslash'],
    ['; a="', ''],
  ])('%j', (text, expected) => {
    expect(parseParameters(text).get('a')).toBe(expected)
  })
})

describe('whatever the text', () => {
  test('never throws', () => {
    const piece = fc.constantFrom(';', '=', '"', '\\', ' ', '\t', 'a', '/', 'text/html', '\0', 'ü')
    const text = fc.oneof(
      anyText,
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(text, (one) => {
        expect(parseParameters(one)).toBeInstanceOf(Map)
        const parsed = parseMediaType(one)
        if (parsed !== undefined) expect(parsed.essence).toBe(`${parsed.type}/${parsed.subtype}`)
      }),
    )
  })

  test('what was written well is read back', () => {
    const quotedValue = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,12}$/)
    const parameters = fc.uniqueArray(fc.tuple(token, fc.oneof(quotedValue, token), fc.boolean()), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 5,
    })
    fc.assert(
      fc.property(token, token, parameters, (type, subtype, list) => {
        const written = list.map(([name, value, bare]) =>
          bare && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value)
            ? `;${name}=${value}`
            : ` ; ${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`,
        )
        const parsed = parseMediaType(`${type}/${subtype}${written.join('')}`)
        expect(parsed?.essence).toBe(`${type}/${subtype}`.toLowerCase())
        expect([...(parsed?.parameters ?? [])]).toEqual(list.map(([name, value]) => [name.toLowerCase(), value]))
      }),
    )
  })

  test.each([' ', '\t', '"', '\\', ';', '=', ';=', ';a="', '\\"', ';"', 'a', '+', '; '])(
    '256 KB of %j are read in linear time: in squares, it would be minutes',
    (piece) => {
      const text = piece.repeat(262_144 / piece.length)
      for (const head of ['', 'text/html', 'text/html;', 'text/html;a="', 'text/']) {
        expect(parseParameters(head + text).size).toBeLessThanOrEqual(1)
        parseMediaType(head + text)
      }
    },
  )
})
