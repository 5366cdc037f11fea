import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeText } from '../../src/text/index.ts'
import { decodeErrorOf, sourceOf, utf8 } from './source.ts'

const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9)
const anyBytes = fc.uint8Array({ maxLength: 40 })

describe('charset', () => {
  const table: readonly (readonly [string, string | undefined, Uint8Array, string])[] = [
    ['none is UTF-8', undefined, utf8('café €'), 'café €'],
    ['no parameter is UTF-8', 'text/plain', utf8('café'), 'café'],
    ['UTF-8 by name', 'text/plain; charset=UTF-8', utf8('café'), 'café'],
    ['UTF-8 quoted', 'text/plain; charset="utf8"', utf8('café'), 'café'],
    ['another name of UTF-8', 'text/plain; charset=unicode-1-1-utf-8', utf8('café'), 'café'],
    ['latin1', 'text/plain; charset=latin1', latin, 'café'],
    ['ISO-8859-1 is windows-1252', 'text/html;charset=ISO-8859-1', Uint8Array.of(0x80, 0x93, 0x94), '€“”'],
    ['ISO-8859-2', 'text/html;charset=iso-8859-2', Uint8Array.of(0xb1), 'ą'],
    ['Shift_JIS', 'text/plain; charset=Shift_JIS', Uint8Array.of(0x83, 0x41), 'ア'],
    ['GB18030', 'text/plain; charset=gb18030', Uint8Array.of(0xc4, 0xe3), '你'],
    ['UTF-16 is little-endian', 'text/plain; charset=utf-16', Uint8Array.of(0x61, 0, 0xac, 0x20), 'a€'],
    ['UTF-16BE', 'text/plain; charset=utf-16be', Uint8Array.of(0, 0x61, 0x20, 0xac), 'a€'],
    ['no media type', 'no type; charset=latin1', utf8('café'), 'café'],
    ['empty', 'text/plain; charset=latin1', new Uint8Array(), ''],
  ]
  test.each(table)('%s', (_name, mediaType, bytes, text) => {
    expect(decodeText(bytes, sourceOf(mediaType))).toBe(text)
    expect(decodeText(Buffer.from(bytes), sourceOf(mediaType))).toBe(text)
  })

  test.each(['klingon', '', 'x'.repeat(500), 'utf-8\u00a0', 'replacement'])('%j is not known', (charset) => {
    const error = decodeErrorOf(() => decodeText(utf8('secret'), sourceOf(`text/plain; charset="${charset}"`)))
    expect(error).toMatchObject({ name: 'DecodeError', code: 'decode', sent: 'yes' })
    expect(error.message).toContain(JSON.stringify(charset.slice(0, 40)))
    expect(error.message.length).toBeLessThan(200)
    expect(error.message).not.toContain('secret')
  })
})

describe('byte order marks', () => {
  const bodies: readonly (readonly [string, Uint8Array])[] = [
    ['UTF-8', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xe2, 0x82, 0xac)],
    ['UTF-16LE', Uint8Array.of(0xff, 0xfe, 0x61, 0, 0xac, 0x20)],
    ['UTF-16BE', Uint8Array.of(0xfe, 0xff, 0, 0x61, 0x20, 0xac)],
  ]
  test.each(bodies)('of %s wins over the charset, and is taken off', (_name, bytes) => {
    for (const type of [undefined, 'text/plain', 'text/plain; charset=latin1', 'text/plain; charset=utf-16le', 'x']) {
      expect(decodeText(bytes, sourceOf(type))).toBe('a€')
    }
  })

  test('one alone is taken off', () => {
    expect(decodeText(utf8('\ufeff\ufeffa'), sourceOf(undefined))).toBe('\ufeffa')
  })
})

test('bytes that are not UTF-8 become what a TextDecoder makes of them', () => {
  const reference = new TextDecoder()
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const marked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
      fc.pre(!marked)
      for (const body of [bytes, Buffer.from(bytes)]) {
        expect(decodeText(body, sourceOf('text/plain'))).toBe(reference.decode(bytes))
      }
    }),
    { numRuns: 1000 },
  )
})

test('any text comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      fc.pre(!text.startsWith('\ufeff'))
      expect(decodeText(utf8(text), sourceOf('text/plain; charset=utf-8'))).toBe(text.toWellFormed())
    }),
  )
})

test('text never fails, whatever the bytes', () => {
  const charsets = fc.constantFrom('utf-8', 'latin1', 'utf-16le', 'utf-16be', 'shift_jis', 'euc-kr', 'gb18030', 'big5')
  fc.assert(
    fc.property(anyBytes, charsets, (bytes, charset) => {
      expect(typeof decodeText(bytes, sourceOf(`text/plain; charset=${charset}`))).toBe('string')
    }),
    { numRuns: 500 },
  )
})

test('a view of a larger buffer is read alone', () => {
  const whole = utf8('xxcaféxx')
  expect(decodeText(whole.subarray(2, 7), sourceOf(undefined))).toBe('café')
})
