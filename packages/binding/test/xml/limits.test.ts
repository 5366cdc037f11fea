import { describe, expect, test } from 'vitest'
import { decode, decodePieces, refusal, singly } from './kit/decode.ts'

const internal = { doctype: 'internal' } as const

function laughs(levels: number, per: number): string {
  const entities = ['<!ENTITY l0 "lol">']
  for (let level = 1; level <= levels; level += 1) {
    entities.push(`<!ENTITY l${level} "${`&l${level - 1};`.repeat(per)}">`)
  }
  return `<!DOCTYPE a [${entities.join('')}]>`
}

describe('entities that multiply', () => {
  test('in text', () => {
    expect(refusal(`${laughs(9, 10)}<a>&l9;</a>`, internal).message).toContain(
      'holds more than 10000 numeric and entity',
    )
  })

  test('in an attribute', () => {
    expect(refusal(`${laughs(9, 10)}<a b="&l9;"/>`, internal).message).toContain('(maxExpansions)')
  })

  test('of elements', () => {
    const document = laughs(9, 10).replace('lol', '<b/>')
    expect(refusal(`${document}<a>&l9;</a>`, internal).message).toContain('(maxExpansions)')
  })

  test('quadratically', () => {
    const document = `<!DOCTYPE a [<!ENTITY e "${'x'.repeat(100_000)}">]><a>${'&e;'.repeat(5000)}</a>`
    expect(refusal(document, internal).message).toContain('expand to more than 1000000 characters')
  })

  test('in a long chain', () => {
    const error = refusal(`${laughs(2000, 1)}<a>&l2000;</a>`, internal)
    expect(error.message).toContain('nests entities deeper than 32')
    expect(refusal(`${laughs(2000, 1)}<a b="&l2000;"/>`, internal).message).toContain('nests entities deeper than 32')
  })

  test('within the bound they are taken', () => {
    expect(decode(`${laughs(3, 10)}<a>&l3;</a>`, internal)).toEqual({ a: 'lol'.repeat(1000) })
  })
})

describe('numeric references', () => {
  test('are counted without a DOCTYPE too', () => {
    const error = refusal(`<a>${'&#65;'.repeat(1_000_000)}</a>`)
    expect(error.message).toContain('holds more than 10000 numeric and entity references (maxExpansions)')
    expect(error.column).toBe(4 + 10_000 * 5)
  })

  test('in attributes as in text', () => {
    const half = '&#65;'.repeat(5000)
    expect(decode(`<a b="${half}">${half}</a>`)).toEqual({ a: { '@b': 'A'.repeat(5000), '#text': 'A'.repeat(5000) } })
    expect(refusal(`<a b="${half}">${half}&#65;</a>`).message).toContain('maxExpansions')
  })

  test('as many as the option says', () => {
    expect(decode('<a>&#65;</a>', { maxExpansions: 1 })).toEqual({ a: 'A' })
    expect(refusal('<a>&#65;</a>', { maxExpansions: 0 }).column).toBe(4)
    expect(decode(`<a>${'&#65;'.repeat(20_000)}</a>`, { maxExpansions: 20_000 })).toEqual({ a: 'A'.repeat(20_000) })
  })

  test('the five predefined entities are not counted', () => {
    expect(decode(`<a>${'&lt;'.repeat(20_000)}</a>`, { maxExpansions: 0 })).toEqual({ a: '<'.repeat(20_000) })
  })
})

describe('depth', () => {
  test('a million levels', () => {
    const error = refusal('<a>'.repeat(1_000_000))
    expect(error.message).toContain('nests elements deeper than 500 (maxDepth)')
    expect(error.column).toBe(1 + 500 * 3)
  })

  test('as many as the option says', () => {
    const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    expect(() => decode(nested(500))).not.toThrow()
    expect(refusal(nested(501)).code).toBe('decode')
    expect(() => decode(nested(3), { maxDepth: 3 })).not.toThrow()
    expect(() => decode('<a><a><a/></a></a>', { maxDepth: 2 })).toThrow('maxDepth')
    expect(() => decode(nested(20_000), { maxDepth: 20_000 })).not.toThrow()
  })
})

test('maxBytes', () => {
  expect(decode('<a>12</a>', { maxBytes: 9 })).toEqual({ a: '12' })
  const error = refusal('<a>123</a>', { maxBytes: 9 })
  expect(error).toMatchObject({ code: 'too-large', receivedBytes: 10 })
})

// Each would take minutes if its cost grew with the square of its length.
describe('what is long takes time as long as it is', () => {
  const long = 200_000
  const cases: readonly (readonly [words: string, document: string])[] = [
    ['text', `<a>${'x'.repeat(long)}</a>`],
    ['text of brackets', `<a>${']'.repeat(long)}</a>`],
    ['text of entities', `<a>${'&lt;'.repeat(long / 4)}</a>`],
    ['an attribute', `<a b="${'x'.repeat(long)}"/>`],
    ['an attribute of >', `<a b="${'>'.repeat(long)}"/>`],
    ['an attribute of entities', `<a b="${'&lt;'.repeat(long / 4)}"/>`],
    ['attributes', `<a ${Array.from({ length: 20_000 }, (_one, index) => `b${index}=""`).join(' ')}/>`],
    ['a name', `<${'a'.repeat(long)}/>`],
    ['a comment', `<a><!--${'- '.repeat(long / 2)}--></a>`],
    ['an instruction', `<a><?p ${'? '.repeat(long / 2)}?></a>`],
    ['a section', `<a><![CDATA[${']] '.repeat(long / 3)}]]></a>`],
    ['a reference', `<a>&#${'0'.repeat(long)}65;</a>`],
    ['white space in a tag', `<a ${' '.repeat(long)}/>`],
    ['white space around', `${' '.repeat(long)}<a/>${' '.repeat(long)}`],
    ['carriage returns', `<a>${'\r'.repeat(long)}</a>`],
    ['an XML declaration', `<?xml version="1.0"${' '.repeat(60_000)}?><a/>`],
    ['children of one name', `<a>${'<b/>'.repeat(long / 4)}</a>`],
    ['a list of entities', `<!DOCTYPE a [${'<!ENTITY e "x">'.repeat(long / 15)}]><a/>`],
    [
      'an entity again and again before a long text',
      `<!DOCTYPE a [<!ENTITY e "x">]><a>${'&e;'.repeat(9000)}${'x'.repeat(long)}</a>`,
    ],
  ]

  test.each(cases)('%s', (_words, document) => {
    const bytes = Buffer.from(document)
    const whole = decode(bytes, internal)
    expect(Object.values(whole)).toEqual([decodePieces(singly(bytes), internal)])
  })

  test('what never ends', () => {
    for (const start of [
      '<a b="',
      '<a>&',
      '<a><!--',
      '<a><?p ',
      '<a><![CDATA[',
      '<a></a',
      '<!DOCTYPE a [<!--',
      '<a ',
    ]) {
      expect(() => decodePieces(singly(Buffer.from(start + 'x'.repeat(100_000))), internal)).toThrow(
        'is not well-formed XML',
      )
    }
  })
})
