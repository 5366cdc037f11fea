import { ConfigError } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { decode, refusal } from './kit/decode.ts'

describe('text stays text', () => {
  test.each(['007', '1.10', '0x1F', '9007199254740993', 'true', 'null', '2024-02-30', ' x '])('%j', (text) => {
    expect(decode(`<a b="${text}"><c>${text}</c></a>`)).toEqual({ a: { '@b': text, c: text } })
  })
})

test('the root element is the only key, or taken off', () => {
  expect(decode('<a>x</a>')).toEqual({ a: 'x' })
  expect(decode('<a>x</a>', { root: 'a' })).toBe('x')
  expect(decode('<a b="1"/>', { root: 'a' })).toEqual({ '@b': '1' })
  const error = refusal('\n<b/>', { root: 'a' })
  expect(error.message).toContain('has another root element than a')
  expect([error.line, error.column]).toEqual([2, 1])
})

test('keys come in the order of the document: attributes, children, text', () => {
  const value = decode('<a z="1" y="2">x<c/><b/>x<c/></a>', { root: 'a' })
  expect(Object.keys(value)).toEqual(['@z', '@y', 'c', 'b', '#text'])
})

describe('an error quotes what is around its place', () => {
  const document = `<a>${'x'.repeat(500)}<secret>\u{1f600}hunter2</b>${'y'.repeat(500)}</a>`

  test('256 bytes of it', () => {
    const { message } = refusal(document)
    const quoted = message.slice(message.indexOf('; near ') + 7)
    expect(quoted).toContain('hunter2</b>yyy')
    expect(Buffer.byteLength(String(JSON.parse(quoted)))).toBe(256)
  })

  test('as many as the option says', () => {
    expect(refusal(document, { excerptBytes: 10 }).message).toMatch(/; near "\S{10}"$/)
    expect(refusal('<a>x</b>', { excerptBytes: 4000 }).message).toMatch(/; near "<a>x<\/b>"$/)
  })

  test('or nothing', () => {
    const { message, path } = refusal(document, { excerptBytes: 0 })
    expect(message).not.toMatch(/near|hunter|secret/)
    expect(path).not.toContain('secret')
  })

  test('and names the elements that are open', () => {
    expect(refusal('<a><b><c></b></a>').path).toEqual(['a', 'b', 'c'])
    expect(refusal('<a><b><c></b></a>').message).toContain('at a.b.c (line 1, column 10)')
  })
})

describe("keys that stand for an object's prototype", () => {
  const untouched = (): void => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  }

  const documents = [
    ['<a><b/><__proto__><polluted>1</polluted></__proto__></a>', 8, { a: { b: '' } }],
    ['<a><__proto__>1</__proto__></a>', 4, { a: {} }],
    ['<a><constructor><prototype><polluted>1</polluted></prototype></constructor></a>', 17, { a: {} }],
    ['<a>x<constructor><prototype/></constructor></a>', 18, { a: { '#text': 'x' } }],
    ['<constructor><prototype><polluted/></prototype></constructor>', 14, {}],
    ['<__proto__><polluted>1</polluted></__proto__>', 1, {}],
    ['<a><__proto__/><b>1</b><__proto__/><b>2</b></a>', 4, { a: { b: ['1', '2'] } }],
  ] as const

  test.each(documents)('%s is refused', (document, column) => {
    const error = refusal(document)
    expect(error.message).toContain('(prototypeKeys)')
    expect(error.column).toBe(column)
    untouched()
  })

  test.each(documents)('or left out: %s', (document, _column, value) => {
    expect(decode(document, { prototypeKeys: 'drop' })).toStrictEqual(value)
    untouched()
  })

  test('prefixes hide nothing', () => {
    const document = '<a xmlns:x="u"><x:__proto__><polluted>1</polluted></x:__proto__></a>'
    expect(decode(document)).toHaveProperty(['a', 'x:__proto__', 'polluted'], '1')
    expect(refusal(document, { namespaces: 'strip' }).message).toContain('(prototypeKeys)')
    expect(decode(document, { namespaces: 'strip', prototypeKeys: 'drop' })).toStrictEqual({ a: {} })
  })

  test('plain values are data', () => {
    const value = decode('<a __proto__="1" constructor="2"><constructor>x</constructor><prototype/></a>')
    expect(value).toStrictEqual({ a: { '@__proto__': '1', '@constructor': '2', constructor: 'x', prototype: '' } })
    expect(decode('<constructor><prototypes/></constructor>')).toEqual({ constructor: { prototypes: '' } })
  })

  test('what somebody put on Object.prototype is neither read nor written', () => {
    const written: unknown[] = []
    Object.defineProperty(Object.prototype, 'trap', {
      configurable: true,
      set(value: unknown) {
        written.push(value)
      },
      get: () => undefined,
    })
    Object.defineProperty(Object.prototype, 'maxDepth', { configurable: true, value: 1 })
    try {
      expect(decode('<a><trap>1</trap><trap>2</trap></a>')).toHaveProperty(['a', 'trap'], ['1', '2'])
      expect(written).toEqual([])
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap')
      Reflect.deleteProperty(Object.prototype, 'maxDepth')
    }
  })
})

test('wrong options are refused', () => {
  const wrong: unknown[] = [
    { maxDepth: 0 },
    { maxDepth: Infinity },
    { maxExpansions: '1' },
    { doctype: 'external' },
    { namespaces: true },
    { excerptBytes: -1 },
    { prototypeKeys: 'keep' },
    { root: 1 },
    { maxBytes: 1.5 },
  ]
  for (const options of wrong) {
    expect(() => Reflect.apply(decode, undefined, ['<a/>', options])).toThrow(ConfigError)
  }
})
