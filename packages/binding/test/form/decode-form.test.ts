import { ConfigError } from '@halyard/core'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeForm, type FormReadOptions } from '../../src/form/index.ts'
import { checkUnpolluted, decodeErrorOf, sourceOf, utf8 } from '../text/source.ts'

const type = 'application/x-www-form-urlencoded'
const form = sourceOf(type)

function decoded(text: string, options?: FormReadOptions) {
  return decodeForm(utf8(text), form, options)
}

function faultOf(text: string, options?: FormReadOptions) {
  return decodeErrorOf(() => decoded(text, options))
}

describe('fields', () => {
  test.each([
    ['', {}],
    ['a=1', { a: '1' }],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1%26b%3D2&c=3', { a: '1&b=2', c: '3' }],
    ['a%3D=1', { 'a=': '1' }],
    ['a=b=c', { a: 'b=c' }],
    ['a+b=c+d%2B', { 'a b': 'c d+' }],
    ['a=', { a: '' }],
    ['a', { a: '' }],
    ['a&b', { a: '', b: '' }],
    ['=1', { '': '1' }],
    ['=', { '': '' }],
    ['&&a=1&&', { a: '1' }],
    ['&', {}],
    ['a=1&a=2&a=', { a: ['1', '2', ''] }],
    ['a=1&b=2&a=3', { a: ['1', '3'], b: '2' }],
    ['c[d]=1&c%5Be%5D=2&x[]=1&x[]=2', { 'c[d]': '1', 'c[e]': '2', 'x[]': ['1', '2'] }],
    [' a = b ', { ' a ': ' b ' }],
    ['a=caf%C3%A9%E2%82%AC%F0%9F%98%80', { a: 'café€😀' }],
    ['a=café', { a: 'café' }],
    ['a=%00%0D%0A', { a: '\0\r\n' }],
    ['a=%EF%BB%BFx', { a: '\ufeffx' }],
    ['toString=1&hasOwnProperty=2&constructor=3', { toString: '1', hasOwnProperty: '2', constructor: '3' }],
    ['a;b=1', { 'a;b': '1' }],
    ['n=007&d=1.10', { n: '007', d: '1.10' }],
  ])('%j', (text, value) => {
    const read = decoded(text)
    expect(read).toEqual(value)
    expect(Object.keys(read).toSorted()).toEqual(Object.keys(value).toSorted())
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })

  test.each(['a=1&b=%C3%A9&c+=%26', 'a&b&=c&d==&&', 'x=%E2%82%AC+%F0%9F%98%80'])('as browsers read %j', (text) => {
    expect(Object.entries(decoded(text))).toEqual([...new URLSearchParams(text)])
  })
})

describe('media types', () => {
  test.each([`${type}; charset=utf-8`, 'Application/X-WWW-Form-URLencoded'])('%s is a form', (mediaType) => {
    expect(decodeForm(utf8('a=1'), sourceOf(mediaType), { mediaTypes: 'strict' })).toEqual({ a: '1' })
  })

  test('application/vnd.x-www-form-urlencoded is one, but where types are strict', () => {
    const source = sourceOf('application/vnd.x-www-form-urlencoded')
    expect(decodeForm(utf8('a=1'), source)).toEqual({ a: '1' })
    expect(decodeErrorOf(() => decodeForm(utf8('a=1'), source, { mediaTypes: 'strict' })).message).toContain('vnd.x')
  })

  test.each([undefined, '', 'text/plain', 'application/json', 'text/x-www-form-urlencoded'])(
    '%s is not',
    (mediaType) => {
      const error = decodeErrorOf(() => decodeForm(utf8('%zz'), sourceOf(mediaType)))
      expect(error).toMatchObject({ code: 'decode', line: undefined })
      expect(error.message).toContain(`${mediaType ?? 'no content type'}; asked for a form`)
    },
  )
})

describe('bad percent-encoding', () => {
  test.each([
    ['a=%zz', 1, 3],
    ['a=%', 1, 3],
    ['a=%4', 1, 3],
    ['a=b%4&c=1', 1, 4],
    ['a=1&%g0=2', 1, 5],
    ['a=%41%4', 1, 6],
    ['a=%C3%A9%%', 1, 9],
    ['a=1&\nb=é%-1', 2, 4],
  ])('%j', (text, line, column) => {
    const error = faultOf(text)
    expect(error).toMatchObject({ code: 'decode', line, column })
    expect(error.message).toContain('has a % that two hexadecimal digits do not follow')
    expect(error.message).toContain('near')
    expect(faultOf(text, { excerptBytes: 0 }).message).not.toContain('near')
  })

  test.each([
    ['a=%FF', 3],
    ['a=ok%C3%28', 5],
    ['a=%C3%A9%E2%82', 3],
    ['a=%ED%A0%80', 3],
    ['a=%C0%AF', 3],
    ['%80=', 1],
  ])('%j is no UTF-8', (text, column) => {
    const error = faultOf(text)
    expect(error).toMatchObject({ code: 'decode', line: 1, column })
    expect(error.message).toContain('not valid UTF-8')
  })

  test('raw bytes that are no UTF-8', () => {
    const error = decodeErrorOf(() => decodeForm(Uint8Array.of(0x61, 0x3d, 0xff), form))
    expect(error.message).toContain('is not valid UTF-8 at byte 2')
  })
})

describe('charsets', () => {
  const of = (charset: string) => sourceOf(`${type}; charset=${charset}`)
  test.each([
    ['latin1, encoded and not', 'iso-8859-1', Uint8Array.of(0x61, 0x3d, 0xe9, 0x25, 0x45, 0x39, 0x2b, 0x2b), 'éé  '],
    ['windows-1252', 'windows-1252', utf8('a=%80%93'), '€“'],
    ['Shift_JIS with a letter as second byte', 'shift_jis', utf8('a=%83A%83%41'), 'アア'],
    ['GB18030', 'gb18030', utf8('a=%C4%E3%26'), '你&'],
    ['UTF-16LE', 'utf-16le', Buffer.from('a=€%C3%A9+', 'utf16le'), '€é '],
    ['UTF-8 by another name', 'unicode-1-1-utf-8', utf8('a=é%C3%A9'), 'éé'],
  ])('%s', (_name, charset, bytes, value) => {
    expect(decodeForm(bytes, of(charset))).toEqual({ a: value })
  })

  test('a byte order mark is taken off, and wins', () => {
    expect(decodeForm(utf8('\ufeffa=é'), of('latin1'))).toEqual({ a: 'é' })
  })

  test('what they do not know', () => {
    expect(decodeErrorOf(() => decodeForm(utf8('a=1'), of('klingon'))).message).toContain('klingon')
    expect(decodeErrorOf(() => decodeForm(utf8('a=%FF'), of('shift_jis'))).message).toContain('is not valid shift_jis')
    const error = decodeErrorOf(() => decodeForm(utf8('a=secret%zz'), of('shift_jis')))
    expect(error).toMatchObject({ line: 1, column: 9 })
    expect(error.message).not.toContain('secret')
  })
})

describe('limits', () => {
  test('maxBytes', () => {
    expect(faultOf('a=%zz', { maxBytes: 4 })).toMatchObject({ code: 'too-large', receivedBytes: 5 })
    expect(decoded('a=12', { maxBytes: 4 })).toEqual({ a: '12' })
  })

  test('maxFields', () => {
    const fields = (count: number): string =>
      Array.from({ length: count }, (_item, index) => `f${index % 7}=1`).join('&')
    expect(Object.values(decoded(fields(10_000))).flat()).toHaveLength(10_000)
    expect(faultOf(fields(10_001))).toMatchObject({ code: 'too-large' })
    expect(faultOf('a&b&%zz', { maxFields: 2 }).message).toContain('has more than 2 fields (maxFields)')
    expect(decoded('a&&&b&', { maxFields: 2 })).toEqual({ a: '', b: '' })
  })

  test('maxNameLength', () => {
    expect(Object.keys(decoded(`${'n'.repeat(1000)}=1`))).toEqual(['n'.repeat(1000)])
    expect(Object.keys(decoded(`${'%F0%9F%98%80'.repeat(500)}=1`))).toEqual(['😀'.repeat(500)])
    for (const name of ['n'.repeat(1001), 'n'.repeat(100_000), '%41'.repeat(1001)]) {
      const error = faultOf(`a=1&${name}=2`)
      expect(error).toMatchObject({ code: 'decode', line: 1, column: 5 })
      expect(error.message.length).toBeLessThan(600)
    }
    expect(faultOf('abc=1', { maxNameLength: 2 }).message).toContain('more than 2 characters (maxNameLength)')
    expect(decoded(`a=${'v'.repeat(1e6)}`)).toEqual({ a: 'v'.repeat(1e6) })
  })

  test('a megabyte of separators, and of names without values, is read at once', () => {
    expect(decoded('&'.repeat(1e6))).toEqual({})
    expect(decoded(`${'a&'.repeat(5e5)}`, { maxFields: 1e6 })['a']).toHaveLength(5e5)
  })
})

describe('prototypes', () => {
  afterEach(checkUnpolluted)

  const hostile = [
    '__proto__=1',
    '__proto__[polluted]=1',
    '__proto__%5Bpolluted%5D=1',
    '%5F_proto__=1',
    'a[__proto__][polluted]=1',
    'a[b][__proto__]=1',
    'constructor[prototype][polluted]=1',
    'a[constructor][prototype][polluted]=1',
    'a=1&a=2&__proto__=3&__proto__=4',
  ]
  test.each(hostile)('%s is an error', (text) => {
    expect(faultOf(text).message).toContain("a name that stands for an object's prototype")
  })

  test.each(hostile)('%s is dropped', (text) => {
    const value = decoded(`${text}&z=1`, { prototypeKeys: 'drop' })
    expect(value).toEqual(text.startsWith('a=') ? { a: ['1', '2'], z: '1' } : { z: '1' })
    expect(Object.getOwnPropertyNames(value)).not.toContain('__proto__')
  })

  test.each(['constructor=1', 'prototype=1', 'my__proto__=1', 'x=__proto__', 'constructor[name]=1'])(
    '%s is data',
    (text) => {
      expect(Object.entries(decoded(text))).toEqual([...new URLSearchParams(text)])
    },
  )
})

describe('options', () => {
  test.each([{ maxFields: -1 }, { maxNameLength: 'x' }, { maxBytes: NaN }, { prototypeKeys: 1 }, { mediaTypes: '' }])(
    '%j is refused',
    (wrong) => {
      expect(() => Reflect.apply(decodeForm, undefined, [utf8('a=1'), form, wrong])).toThrow(ConfigError)
    },
  )

  test('a polluted Object.prototype sets none', () => {
    const polluted = { maxFields: 0, maxBytes: 0, maxNameLength: 0, prototypeKeys: 'drop', mediaTypes: 'strict' }
    for (const [name, value] of Object.entries(polluted)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true })
    }
    try {
      expect(decoded('a=1', {})).toEqual({ a: '1' })
      expect(faultOf('__proto__=1', {}).message).toContain('prototype')
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
    }
  })
})
