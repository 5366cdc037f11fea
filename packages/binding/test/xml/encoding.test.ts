import { describe, expect, test } from 'vitest'
import { cutOutcomes, decode, decodePieces, refusal, wholeOutcome } from './kit/decode.ts'

type Encode = (text: string) => Buffer

const utf8: Encode = (text) => Buffer.from(text)
const utf16le: Encode = (text) => Buffer.from(text, 'utf16le')
const utf16be: Encode = (text) => Buffer.from(text, 'utf16le').swap16()
const latin1: Encode = (text) => Buffer.from(text, 'latin1')
const bytes = (...parts: (Buffer | string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

const declared = (encoding: string, text: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?>\n<a b="${text}">${text}</a>`

const plain = 'caf\u00e9'
const wide = 'caf\u00e9 \u20ac \u{1f600}'
const xml = 'application/xml'

const taken: readonly (readonly [words: string, document: Buffer, mediaType: string, text: string])[] = [
  ['nothing said: UTF-8', utf8(`<a b="${wide}">${wide}</a>`), xml, wide],
  ['UTF-8, declared', utf8(declared('UTF-8', wide)), xml, wide],
  ['UTF-8, declared in lower case and single quotes', utf8(declared('utf-8', wide).replaceAll('"', "'")), xml, wide],
  ['UTF-8 with a byte order mark', utf8(`\ufeff<a b="${wide}">${wide}</a>`), xml, wide],
  ['a mark counts more than the charset', utf8(`\ufeff<a b="${wide}">${wide}</a>`), `${xml}; charset=iso-8859-1`, wide],
  ['a mark counts more than the declaration', utf8(`\ufeff${declared('UTF-16', wide)}`), xml, wide],
  ['a charset counts more than the declaration', utf8(declared('ISO-8859-1', wide)), `${xml}; charset=utf-8`, wide],
  ['a charset in quotes', latin1(`<a b="${plain}">${plain}</a>`), 'text/xml; charset="ISO-8859-1"', plain],
  ['ASCII', utf8(declared('US-ASCII', 'x')), 'text/xml; charset=us-ascii', 'x'],
  ['UTF-16 with a mark, little end first', bytes([0xff, 0xfe], utf16le(declared('UTF-16', wide))), xml, wide],
  ['UTF-16 with a mark, big end first', bytes([0xfe, 0xff], utf16be(declared('UTF-16', wide))), xml, wide],
  [
    'UTF-16 with a mark and another charset',
    bytes([0xfe, 0xff], utf16be(`<a b="${wide}">${wide}</a>`)),
    `${xml}; charset=utf-8`,
    wide,
  ],
  ['UTF-16 without a mark', utf16le(declared('UTF-16', wide)), xml, wide],
  ['UTF-16BE without a mark', utf16be(declared('UTF-16BE', wide)), xml, wide],
  ['UTF-16 without mark and declaration', utf16be(`<a b="${wide}">${wide}</a>`), xml, wide],
  ['UTF-16 that begins with white space', utf16le(`\n<a b="${wide}">${wide}</a>`), xml, wide],
  ['UTF-16LE by charset', utf16le(`<a b="${wide}">${wide}</a>`), `${xml}; charset=utf-16le`, wide],
  ['UTF-16 by charset, order by the bytes', utf16le(`<a b="${wide}">${wide}</a>`), `${xml}; charset=utf-16`, wide],
  ['ISO-8859-1, declared', latin1(declared('ISO-8859-1', `${plain}\u0080\u009f`)), xml, `${plain}\u0080\u009f`],
  ['Latin1, declared', latin1(declared('latin1', plain)), xml, plain],
  [
    'windows-1252, declared',
    bytes('<?xml version="1.0" encoding="windows-1252"?><a b="', [0x80, 0x93, 0xe9], '">', [0x80, 0x93, 0xe9], '</a>'),
    xml,
    '\u20ac\u201c\u00e9',
  ],
  ['windows-1252 by charset', bytes('<a b="', [0x99], '">', [0x99], '</a>'), `${xml}; charset=Windows-1252`, '\u2122'],
]

describe('what a document is decoded by', () => {
  test.each(taken)('%s', (_words, document, mediaType, text) => {
    const root = { '@b': text, '#text': text }
    expect(decode(document, {}, mediaType)).toEqual({ a: root })
    expect(cutOutcomes(document, {}, mediaType)).toEqual(new Set([wholeOutcome(document, {}, mediaType)]))
  })
})

const refused: readonly (readonly [
  words: string,
  document: Buffer,
  mediaType: string,
  place: string,
  message: string,
])[] = [
  ['a byte of Latin-1 in UTF-8', bytes('<a>\ncaf', [0xe9], '</a>'), xml, '2:4', 'bytes that are not UTF-8'],
  ['a byte that UTF-8 never has', bytes('<a>', [0xff], '</a>'), xml, '1:4', 'bytes that are not UTF-8'],
  ['a continuation byte alone', bytes('<a>\u{1f600}', [0x80], '</a>'), xml, '1:5', 'bytes that are not UTF-8'],
  ['a longer form than needed', bytes('<a>', [0xc0, 0xbc], '</a>'), xml, '1:4', 'bytes that are not UTF-8'],
  ['half of a pair in UTF-8', bytes('<a>', [0xed, 0xa0, 0x80], '</a>'), xml, '1:4', 'bytes that are not UTF-8'],
  ['beyond the last character', bytes('<a>', [0xf4, 0x90, 0x80, 0x80], '</a>'), xml, '1:4', 'bytes that are not UTF-8'],
  ['a character cut off', bytes('<a>x', [0xe2, 0x82]), xml, '1:5', 'ends inside of a character'],
  ['a character cut off in the midst', bytes('<a>x', [0xe2, 0x82], '</a>'), xml, '1:5', 'bytes that are not UTF-8'],
  ['bad bytes behind bad markup', bytes('<a><b></a>', [0xff]), xml, '1:7', 'does not close'],
  ['bad bytes behind bad markup in a tag', bytes('<a 1="', [0xff]), xml, '1:4', 'begins no attribute'],
  ['half of a pair in UTF-16', utf16le('\ufeff<a>x\ud800y</a>'), xml, '1:5', 'bytes that are not UTF-16'],
  ['the second half first', utf16be('\ufeff<a>x\udc00y</a>'), xml, '1:5', 'bytes that are not UTF-16'],
  ['an odd byte', bytes(utf16le('\ufeff<a/>'), [0x20]), xml, '1:5', 'ends inside of a character'],
  [
    'an unknown charset',
    utf8('<a/>'),
    `${xml}; charset=ebcdic`,
    '1:1',
    'is in the charset "ebcdic", which is not read',
  ],
  ['an unknown encoding', utf8(declared('Shift_JIS', '')), xml, '1:1', 'declares the encoding "Shift_JIS", which'],
  ['UTF-16 declared, and not', utf8(declared('UTF-16', '')), xml, '1:1', 'another encoding than it is in'],
  ['UTF-8 declared, and not', utf16le(declared('UTF-8', '')), xml, '1:1', 'another encoding than it is in'],
  ['ISO-8859-1 declared in UTF-16', utf16be(declared('ISO-8859-1', '')), xml, '1:1', 'another encoding than it is in'],
  ['UTF-8 by charset, and not', latin1(`<a>${plain}</a>`), `${xml}; charset=utf-8`, '1:7', 'bytes that are not UTF-8'],
  ['a second mark', utf8('\ufeff\ufeff<a/>'), xml, '1:1', 'text outside of the root element'],
  ['UTF-32', bytes([0xff, 0xfe, 0, 0], [0x3c, 0, 0, 0]), xml, '1:1', 'a character that XML does not allow'],
  ['a mark and nothing', bytes([0xef, 0xbb, 0xbf]), xml, '1:1', 'has no root element'],
  ['a declaration without end', utf8(`<?xml version="1.0"${' '.repeat(70_000)}?><a/>`), xml, '1:1', 'does not end'],
]

describe('what cannot be decoded is refused, and said where', () => {
  test.each(refused)('%s', (_words, document, mediaType, place, message) => {
    const error = refusal(document, {}, mediaType)
    expect(error.message).toContain(message)
    expect(`${error.line}:${error.column}`).toBe(place)
  })

  test('however it is cut', () => {
    for (const [, document, mediaType] of refused.filter(([, bytesOf]) => bytesOf.length < 200)) {
      expect(cutOutcomes(document, {}, mediaType)).toEqual(new Set([wholeOutcome(document, {}, mediaType)]))
    }
  })
})

test('bytes may be written over once they were taken', () => {
  const buffer = Buffer.alloc(1)
  const pieces = function* (): Generator<Uint8Array> {
    for (const byte of Buffer.from(declared('UTF-8', wide))) {
      buffer[0] = byte
      yield buffer
    }
  }
  expect(decodePieces(pieces())).toEqual({ '@b': wide, '#text': wide })
})
