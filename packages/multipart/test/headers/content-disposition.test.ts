import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatContentDisposition, parseContentDisposition } from '../../src/index.ts'

test.each([
  ['inline', 'inline', undefined],
  ['ATTACHMENT', 'attachment', undefined],
  ['attachment; filename="foo.html"', 'attachment', 'foo.html'],
  ['attachment; filename=foo.html', 'attachment', 'foo.html'],
  ['attachment; FILENAME = "foo.html" ', 'attachment', 'foo.html'],
  ['attachment; filename="f\\oo.html"', 'attachment', 'foo.html'],
  ['attachment; filename="\\"quoting\\" tested.html"', 'attachment', '"quoting" tested.html'],
  ["attachment; filename=foo bar.txt; x='y'", 'attachment', 'foo bar.txt'],
  ['attachment; filename="a;b.txt"; size=3', 'attachment', 'a;b.txt'],
  ["attachment; filename*=UTF-8''foo-%c3%a4-%e2%82%ac.html", 'attachment', 'foo-ä-€.html'],
  ["attachment; filename*=iso-8859-1'de'foo-%E4.html", 'attachment', 'foo-ä.html'],
  ['attachment; filename="foo-ae.html"; filename*=UTF-8\'\'foo-%c3%a4.html', 'attachment', 'foo-ä.html'],
  ['attachment; filename*=UTF-8\'\'foo-%c3%a4.html; filename="foo-ae.html"', 'attachment', 'foo-ä.html'],
  ['attachment; filename="plain"; filename*=UTF-8\'\'%ff', 'attachment', 'plain'],
  ['attachment; filename="plain"; filename*=UTF-8\'\'a%2', 'attachment', 'plain'],
  ['attachment; filename="plain"; filename*=koi8-r\'\'a', 'attachment', 'plain'],
  ['attachment; filename="one"; filename="two"', 'attachment', 'one'],
  ['attachment; filename="open', 'attachment', 'open'],
  ['attachment; filename=', 'attachment', ''],
  ['attachment; ; =x; y', 'attachment', undefined],
  // Paths
  ['attachment; filename="../../etc/passwd"', 'attachment', 'passwd'],
  ['attachment; filename="/etc/passwd"', 'attachment', 'passwd'],
  ['attachment; filename="C:\\\\Windows\\\\evil.exe"', 'attachment', 'evil.exe'],
  ["attachment; filename*=UTF-8''..%2F..%5Cevil%00.sh", 'attachment', 'evil.sh'],
  ['attachment; filename=".."', 'attachment', ''],
  ['attachment; filename="a/.."', 'attachment', ''],
  ['attachment; filename="dir/"', 'attachment', ''],
  ['attachment; filename=".profile"', 'attachment', '.profile'],
  ['form-data; filename="C:\\dir\\file.txt"', 'form-data', 'file.txt'],
  ['form-data; filename="a%22b%0D%0Ac%0a.txt"', 'form-data', 'a"b\r\nc\n.txt'],
  ['attachment; filename="a%22b"', 'attachment', 'a%22b'],
])('%s', (text, type, filename) => {
  expect(parseContentDisposition(text)).toMatchObject({ type, filename })
})

test.each([undefined, '', ';', ' ; name="a"', 'form data; name="a"', '"x"', 'a/b', 'ü; name=a'])(
  '%s is none',
  (text) => {
    expect(parseContentDisposition(text)).toBeUndefined()
  },
)

test.each([
  ['form-data; name="a\\"b"', 'a"b', undefined],
  // A backslash before the closing quote, as browsers write it.
  ['form-data; name="a\\"', 'a\\', undefined],
  ['form-data; name="a\\"; filename="b\\"', 'a\\', ''],
  ['form-data; name="a\\\\b"', 'a\\\\b', undefined],
  ['form-data; name=""; filename=""', '', ''],
  ['form-data; name="a" x; filename="b"', 'a', 'b'],
])('names of a form: %s', (text, name, filename) => {
  expect(parseContentDisposition(text)).toMatchObject({ name, filename })
})

test('parameters are a map: no name of them reaches a prototype', () => {
  const parsed = parseContentDisposition('form-data; __proto__="x"; constructor="y"; name="__proto__"; toString=z')
  expect(parsed?.name).toBe('__proto__')
  expect([...(parsed?.parameters ?? [])]).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['name', '__proto__'],
    ['tostring', 'z'],
  ])
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
})

test.each([
  ['form-data', { name: 'a"b\r\nc' }, 'form-data; name="a%22b%0D%0Ac"'],
  ['form-data', { name: 'ü', filename: '日本.txt' }, 'form-data; name="ü"; filename="日本.txt"'],
  [
    'attachment',
    { filename: 'a "b" \\c.txt' },
    'attachment; filename="a \\"b\\" _c.txt"; filename*=UTF-8\'\'a%20%22b%22%20%5Cc.txt',
  ],
  [
    'attachment',
    { name: '100%', filename: 'a%22b%zz' },
    'attachment; name="100%"; filename="a_22b%zz"; filename*=UTF-8\'\'a%2522b%25zz',
  ],
  [
    'attachment',
    { filename: 'naïve €.txt' },
    'attachment; filename="na_ve _.txt"; filename*=UTF-8\'\'na%C3%AFve%20%E2%82%AC.txt',
  ],
  ['attachment', { filename: "'(*)é" }, "attachment; filename=\"'(*)_\"; filename*=UTF-8''%27%28%2A%29%C3%A9"],
  ['attachment', { filename: 'a\r\nb' }, 'attachment; filename="a__b"; filename*=UTF-8\'\'a%0D%0Ab'],
  ['inline', { parameters: { size: '3' } }, 'inline; size="3"'],
  ['inline', {}, 'inline'],
])('writes %s %o', (type, init, text) => {
  expect(formatContentDisposition(type, init)).toBe(text)
})

test('writes nothing that ends a line or a parameter', () => {
  expect(() => formatContentDisposition('a b')).toThrow('a token')
  expect(() => formatContentDisposition('inline', { parameters: { 'a b': 'c' } })).toThrow('tokens')
  for (const one of ['\0', '\u0001', '\u007f']) {
    expect(() => formatContentDisposition('form-data', { name: `x${one}` })).toThrow('no control characters')
  }
  expect(() => formatContentDisposition('form-data', { name: 3 as never })).toThrow('a string')
})

test('a polluted prototype names no part', () => {
  Object.defineProperty(Object.prototype, 'filename', { value: 'evil', configurable: true })
  try {
    expect(formatContentDisposition('form-data', { name: 'a' })).toBe('form-data; name="a"')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'filename')
  }
})

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', ';', '=', '%', "'", ' ', '\t', 'é', '€', '😀', '\r', '\n'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 20,
})

test('what is written is read back, for any type but form-data whatever the text', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(anyText, anyText, (name, filename) => {
      const text = formatContentDisposition('attachment', { name, filename })
      expect(text).toMatch(/^[\t\x20-\x7e]*$/)
      const parsed = parseContentDisposition(text)
      expect(parsed?.name).toBe(name.toWellFormed())
      const last = (filename.toWellFormed().split(/[/\\]/).at(-1) ?? '').replaceAll('\0', '')
      expect(parsed?.filename).toBe(last === '.' || last === '..' ? '' : last)
    }),
    { numRuns: 1000 },
  )
})

test('any text is parsed or refused in time in proportion to its length', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', '\\', ';', '=', ' ', 'a', '*', "'", '%', '2'), maxLength: 40 }),
      (tail) => {
        expect(parseContentDisposition(`form-data${tail}`)?.type ?? 'none').toMatch(/^form-data|^none$/)
      },
    ),
    { numRuns: 1000 },
  )
  for (const piece of [' ', ';', '"', '\\', 'a=";', '="\\', "*=UTF-8''%"]) {
    const started = process.cpuUsage()
    parseContentDisposition(`form-data; name="${piece.repeat(200_000)}`)
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000)
  }
})
