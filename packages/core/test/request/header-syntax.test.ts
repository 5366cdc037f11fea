import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkHeader, checkMethod, isToken } from '../../src/index.ts'
import { anyText } from '../any-text.ts'
import { configError } from '../thrown.ts'

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const all = Array.from({ length: 0x180 }, (_value, code) => String.fromCharCode(code))

describe('RFC 9110 §5.6.2: token', () => {
  test('each character up to U+017F', () => {
    expect(all.filter((one) => isToken(one)).join('')).toBe(tokenCharacters.split('').toSorted().join(''))
  })

  test('is not empty', () => {
    expect(isToken('')).toBe(false)
  })

  test('a line end after it makes it none', () => {
    expect(isToken('GET\n')).toBe(false)
  })

  test('any string is a token just when all its characters are', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isToken(text)).toBe(text !== '' && text.split('').every((one) => tokenCharacters.includes(one)))
      }),
    )
  })
})

describe('RFC 9110 §9.1: method', () => {
  test.each(['GET', 'get', 'M-SEARCH', 'X!'])('%j is one', (method) => {
    expect(() => checkMethod(method)).not.toThrow()
  })

  test.each(['', ' ', 'GET ', 'GET\r\n', 'GET / HTTP/1.1', 'G\0T', 'GÉT', undefined, null, 7, ['GET']])(
    '%j is none',
    (method) => {
      expect(configError(() => checkMethod(method as string)).option).toBe('method')
    },
  )
})

describe('RFC 9110 §5.1: field names', () => {
  test.each(['', ' a', 'a ', 'a:', 'a\r\nb', 'ä', ':path', undefined, null, 7])('%j is refused', (name) => {
    expect(configError(() => checkHeader(name as string, 'x')).option).toBe('headers')
  })

  test('a whole field given as a name does not show its value', () => {
    const { message } = configError(() => checkHeader('authorization: Bearer SECRET', ''))
    expect(message).toBe('headers: expected field names made of token characters, got "authorization:"')
  })
})

describe('RFC 9110 §5.5: field values', () => {
  test('each character up to U+017F', () => {
    const refused = all.filter((one) => {
      try {
        checkHeader('a', one)
        return false
      } catch {
        return true
      }
    })
    const legal = /[\t\x20-\x7e\x80-\xff]/
    expect(refused).toEqual(all.filter((one) => !legal.test(one)))
  })

  test.each([undefined, null, 7, ['x'], {}])('%j is no string', (value) => {
    expect(configError(() => checkHeader('a', value as string)).message).toBe(
      `headers["a"]: expected a string, got "${typeof value}"`,
    )
  })

  test('names the character and its place', () => {
    expect(configError(() => checkHeader('a', 'xy\r\nb: c')).message).toBe(
      'headers["a"]: expected no CR, LF, NUL or other character outside of ISO-8859-1, got "U+000D at index 2"',
    )
  })

  test('any string with a character that is not allowed is refused, any other accepted', () => {
    const mixed = fc.oneof(
      anyText,
      fc.array(fc.integer({ min: 0, max: 0x110 })).map((codes) => String.fromCharCode(...codes)),
    )
    fc.assert(
      fc.property(mixed, (value) => {
        const legal = value
          .split('')
          .every((one) => one === '\t' || (one >= ' ' && one <= '~') || (one >= '\x80' && one <= '\xff'))
        if (legal) expect(() => checkHeader('a', value)).not.toThrow()
        else expect(() => checkHeader('a', value)).toThrow('headers["a"]')
      }),
    )
  })

  test('the message holds nothing of the value', () => {
    const word = fc.stringMatching(/^SECRET[a-z]{4,30}$/)
    fc.assert(
      fc.property(word, fc.constantFrom('\r', '\n', '\0', '\u0100', '\x7f', '😀'), word, (before, bad, after) => {
        const { message } = configError(() => checkHeader('authorization', before + bad + after))
        expect(message).not.toContain('SECRET')
      }),
    )
  })
})
