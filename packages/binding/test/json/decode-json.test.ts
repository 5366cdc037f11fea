import { ConfigError } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { decodeJson, type JsonReadOptions } from '../../src/json/index.ts'
import { decodeErrorOf, sourceOf, utf8 } from '../text/source.ts'

const json = sourceOf('application/json')

function decoded(text: string, options?: JsonReadOptions): unknown {
  return decodeJson(utf8(text), json, options)
}

describe('media types', () => {
  const lenient = [undefined, '', 'text/plain', 'text/plain; charset=utf-8', 'what', 'application/vnd.x.json', 'x/json']
  const strict = [
    'application/json',
    'application/json; charset=utf-8',
    'application/json;x',
    'Application/JSON ;charset="UTF-8"',
    'application/problem+json',
    'application/vnd.api+json; x=1',
    'image/x+json',
    'text/json',
  ]
  test.each(strict)('%s is JSON', (type) => {
    for (const mediaTypes of ['lenient', 'strict'] as const) {
      expect(decodeJson(utf8('{"a":1}'), sourceOf(type), { mediaTypes })).toEqual({ a: 1 })
    }
  })

  test.each(lenient)('%s may be JSON, and is not where types are strict', (type) => {
    expect(decodeJson(utf8('[1]'), sourceOf(type))).toEqual([1])
    const error = decodeErrorOf(() => decodeJson(utf8('[1]'), sourceOf(type), { mediaTypes: 'strict' }))
    expect(error.message).toContain('asked for JSON')
    expect(error.message).toContain(type ?? 'no content type')
  })

  test.each([
    'text/html; charset=utf-8',
    'application/xml',
    'application/octet-stream',
    'image/png',
    'application/jsonp',
    'application/x-ndjson',
    'application/json-seq',
    'application/x-www-form-urlencoded',
  ])('%s is refused, before it is parsed', (type) => {
    const error = decodeErrorOf(() => decodeJson(utf8('{'), sourceOf(type)))
    expect(error).toMatchObject({ code: 'decode', sent: 'yes', target: 'GET http://a.test/path', line: undefined })
    expect(error.message).toBe(`GET http://a.test/path: the response (status 200) is ${type}; asked for JSON`)
  })

  test('a long one is cut', () => {
    const error = decodeErrorOf(() => decodeJson(utf8('{}'), sourceOf(`text/html; x=${'y'.repeat(5000)}`)))
    expect(error.message.length).toBeLessThan(250)
  })

  test.each(['text/plain', undefined])('%s that does not parse is said to be no JSON', (type) => {
    const error = decodeErrorOf(() => decodeJson(utf8('hello'), sourceOf(type)))
    expect(error.message).toContain('is not JSON, nor does its content type say so')
  })
})

describe('values', () => {
  test.each([
    ['null', null],
    ['0', 0],
    ['-0', -0],
    ['1e400', Infinity],
    ['""', ''],
    ['false', false],
    [' [] ', []],
    ['\t\r\n {} \n', {}],
    ['"\\ud800"', '\ud800'],
    ['"\\u0000"', '\0'],
    ['{"a":1,"a":2}', { a: 2 }],
    ['9007199254740993', 9007199254740992],
  ])('%s', (text, value) => {
    expect(decoded(text)).toEqual(value)
  })
})

describe('encodings', () => {
  const value = { name: 'café €', pair: '😀' }
  const text = JSON.stringify(value)
  const le = Buffer.from(text, 'utf16le')
  const be = Buffer.from(le).swap16()
  test.each([
    ['UTF-8', 'application/json', utf8(text)],
    ['UTF-8 with a mark', 'application/json', utf8(`\ufeff${text}`)],
    ['UTF-8 with a mark and a wrong charset', 'application/json; charset=latin1', utf8(`\ufeff${text}`)],
    ['UTF-16LE with a mark', 'application/json', Buffer.concat([Uint8Array.of(0xff, 0xfe), le])],
    ['UTF-16BE with a mark', 'application/json; charset=utf-8', Buffer.concat([Uint8Array.of(0xfe, 0xff), be])],
    ['UTF-16LE by charset', 'application/json; charset=utf-16le', le],
    ['UTF-16BE by charset', 'application/json; charset=UTF-16BE', be],
  ])('%s', (_name, type, bytes) => {
    expect(decodeJson(bytes, sourceOf(type))).toEqual(value)
  })

  test('windows-1252', () => {
    const bytes = Uint8Array.of(0x22, 0x80, 0xe9, 0x22)
    expect(decodeJson(bytes, sourceOf('application/json; charset=iso-8859-1'))).toBe('€é')
  })

  test('a charset that is not known', () => {
    const error = decodeErrorOf(() => decodeJson(utf8('{}'), sourceOf('application/json; charset=klingon')))
    expect(error.message).toContain('"klingon", which is not known')
  })

  test.each([
    ['alone', [0xff], 0, 1, 1],
    ['in a string', [0x22, 0xc3, 0x28, 0x22], 1, 1, 2],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22], 1, 1, 2],
    ['overlong', [0x22, 0xc0, 0xaf, 0x22], 1, 1, 2],
    ['cut', [0x22, 0x61, 0xe2, 0x82], 2, 1, 3],
    ['after U+FFFD and lines', [0x22, 0xef, 0xbf, 0xbd, 0x0a, 0xe2, 0x82, 0xac, 0x80], 8, 2, 2],
    ['after a mark', [0xef, 0xbb, 0xbf, 0x22, 0xfe], 4, 1, 2],
  ])('invalid UTF-8 %s', (_name, bytes, offset, line, column) => {
    const error = decodeErrorOf(() => decodeJson(Uint8Array.from(bytes), json))
    expect(error).toMatchObject({ code: 'decode', line, column, receivedBytes: bytes.length })
    expect(error.message).toContain(`is not valid UTF-8 at byte ${offset}`)
  })

  test('U+FFFD itself is text', () => {
    expect(decoded('"\ufffd"')).toBe('\ufffd')
  })

  test.each([
    ['an odd byte', Uint8Array.of(0xff, 0xfe, 0x31)],
    ['a lone surrogate', Uint8Array.of(0xff, 0xfe, 0x22, 0, 0, 0xd8, 0x22, 0)],
  ])('invalid UTF-16: %s', (_name, bytes) => {
    expect(decodeErrorOf(() => decodeJson(bytes, json)).message).toContain('is not valid utf-16le')
  })
})

describe('limits', () => {
  test('maxBytes is checked before anything is decoded', () => {
    const bytes = Uint8Array.of(0xff, 0xff, 0xff)
    const error = decodeErrorOf(() => decodeJson(bytes, json, { maxBytes: 2 }))
    expect(error).toMatchObject({ code: 'too-large', receivedBytes: 3 })
    expect(error.message).toContain('has 3 bytes; maxBytes is 2')
    expect(decoded('100', { maxBytes: 3 })).toBe(100)
    expect(decodeErrorOf(() => decoded('1', { maxBytes: 0 })).code).toBe('too-large')
  })

  test.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":[', ']}]'],
  ])('%s without end does not overflow', (open, close) => {
    const deep = `${open.repeat(50_000)}0${close.repeat(50_000)}`
    for (const options of [{}, { numbers: 'lossless', decimals: 'text' }] as const) {
      expect(typeof decoded(deep, options)).toBe('object')
      expect(typeof decoded(deep.replace('0', '9007199254740993'), options)).toBe('object')
      const cut = decodeErrorOf(() => decoded(deep.slice(0, -5), options))
      expect(cut.message).toContain('it ends too early')
      expect(cut.message.length).toBeLessThan(1000)
    }
    const error = decodeErrorOf(() => decoded(deep.replace('0', '{"__proto__":1}')))
    expect(error.message.length).toBeLessThan(1000)
    expect(typeof decoded(deep.replace('0', '{"__proto__":1}'), { prototypeKeys: 'drop' })).toBe('object')
  })
})

describe('options', () => {
  test.each([
    { numbers: 'all' },
    { decimals: 'double', numbers: 'lossless' },
    { maxBytes: -1 },
    { maxBytes: 1.5 },
    { excerptBytes: NaN },
    { prototypeKeys: 'keep' },
    { mediaTypes: true },
  ])('%j is refused', (wrong) => {
    expect(() => Reflect.apply(decodeJson, undefined, [utf8('1'), json, wrong])).toThrow(ConfigError)
  })

  test('a polluted Object.prototype sets none', () => {
    const polluted = { numbers: 'lossless', maxBytes: 1, prototypeKeys: 'drop', mediaTypes: 'strict', excerptBytes: 0 }
    for (const [name, value] of Object.entries(polluted)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true })
    }
    try {
      expect(decodeJson(utf8('[9007199254740993]'), sourceOf(undefined), {})).toEqual([9007199254740992])
      expect(decodeErrorOf(() => decoded('{"__proto__":1}', {})).message).toContain('__proto__')
      expect(decodeErrorOf(() => decoded('[x', {})).message).toContain('near')
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
    }
  })
})
