import { describe, expect, test } from 'vitest'
import { decodeJson, type JsonReadOptions } from '../../src/json/index.ts'
import { decodeErrorOf, sourceOf, utf8 } from '../text/source.ts'

const json = sourceOf('application/json')

function faultOf(text: string, options?: JsonReadOptions) {
  return decodeErrorOf(() => decodeJson(utf8(text), json, options))
}

const early = 'it ends too early'

describe('what is wrong, and where', () => {
  const table: readonly (readonly [string, string, readonly [number, number], readonly PropertyKey[]])[] = [
    ['', early, [1, 1], []],
    [' \n ', early, [2, 2], []],
    ['{', early, [1, 2], []],
    ['{"a"', early, [1, 5], ['a']],
    ['{"a":', early, [1, 6], ['a']],
    ['{"a":1', early, [1, 7], []],
    ['{"a":1,', early, [1, 8], []],
    ['[', early, [1, 2], [0]],
    ['[1,', early, [1, 4], [1]],
    ['"abc', early, [1, 5], []],
    ['"\\', early, [1, 3], []],
    ['"\\u12', early, [1, 6], []],
    ['tru', early, [1, 4], []],
    ['-', early, [1, 2], []],
    ['1.', early, [1, 3], []],
    ['1e+', early, [1, 4], []],
    ['[1,]', 'a value is missing', [1, 4], [1]],
    ['[,1]', 'a value is missing', [1, 2], [0]],
    ['hello', 'a value is missing', [1, 1], []],
    ['NaN', 'a value is missing', [1, 1], []],
    ['nul]', 'a value is missing', [1, 1], []],
    ['\0', 'a value is missing', [1, 1], []],
    ["{'a':1}", 'a name in double quotes is missing', [1, 2], []],
    ['{"a":1,}', 'a name in double quotes is missing', [1, 8], []],
    ['{"a" 1}', "a ':' is missing", [1, 6], ['a']],
    ['{"a":1 "b":2}', "a ',' or '}' is missing", [1, 8], []],
    ['{"users":[{"zip":"1"\n"x":2}]}', "a ',' or '}' is missing", [2, 1], ['users', 0]],
    ['[1 2]', "a ',' or ']' is missing", [1, 4], []],
    ['{"a":1}x', 'text follows the value', [1, 8], []],
    ['{"a":{"b":[0,{"c":01}]}}', 'a number begins with a zero', [1, 19], ['a', 'b', 1, 'c']],
    ['[+1]', 'a value is missing', [1, 2], [0]],
    ['[.5]', 'a value is missing', [1, 2], [0]],
    ['[1.]', 'a number lacks a digit', [1, 4], [0]],
    ['[1e]', 'a number lacks a digit', [1, 4], [0]],
    ['[-]', 'a number lacks a digit', [1, 3], [0]],
    ['[0x1F]', "a ',' or ']' is missing", [1, 3], []],
    ['"a\nb"', 'a string holds a control character', [1, 3], []],
    ['{"a\tb":1}', 'a string holds a control character', [1, 4], []],
    ['"\\x41"', 'a string holds an escape that JSON does not have', [1, 2], []],
    ['"\\u00g0"', 'a string holds an escape that JSON does not have', [1, 2], []],
    ['[1]\u00a0', 'text follows the value', [1, 4], []],
    ['\ufeff\ufeff1', 'a value is missing', [1, 1], []],
    ['{\r\n"a":1,\r"b":\n\n  x}', 'a value is missing', [5, 3], ['b']],
    ['["😀é", x]', 'a value is missing', [1, 8], [1]],
    ['{"\\u0061\\n":x}', 'a value is missing', [1, 13], ['a\n']],
  ]
  test.each(table)('%j', (text, words, [line, column], path) => {
    for (const options of [{}, { numbers: 'lossless', decimals: 'text' }] as const) {
      const error = faultOf(text, options)
      expect(error).toMatchObject({ code: 'decode', line, column, path, receivedBytes: utf8(text).byteLength })
      expect(error.message).toContain(`is not JSON: ${words}`)
      expect(error.cause).toBeUndefined()
    }
  })

  test('the whole message', () => {
    expect(faultOf('{"users":[{"zip":1},{"zip":01}]}').message).toBe(
      'GET http://a.test/path: the response (status 200) is not JSON: a number begins with a zero at users[1].zip ' +
        '(line 1, column 28); near "{\\"users\\":[{\\"zip\\":1},{\\"zip\\":01}]}"',
    )
  })
})

describe('excerpts', () => {
  const long = `{"key":"${'é'.repeat(2000)}" x "${'😀'.repeat(2000)}"}`

  test.each([1, 2, 3, 7, 16, 100, 256, 1000])('hold %d bytes at most, and whole characters', (excerptBytes) => {
    const { message } = faultOf(long, { excerptBytes })
    const near = /; near (".*")$/.exec(message)?.[1]
    const excerpt: unknown = JSON.parse(near ?? '""')
    expect(long).toContain(excerpt)
    expect(String(excerpt).isWellFormed()).toBe(true)
    const size = Buffer.byteLength(String(excerpt))
    expect(size).toBeLessThanOrEqual(excerptBytes)
    if (excerptBytes > 100) expect(size).toBeGreaterThan(excerptBytes - 10)
  })

  test('0 quotes nothing: neither text nor names', () => {
    const error = faultOf('{"name-of-mine":{"x":[1,top-secret]}}', { excerptBytes: 0 })
    expect(error).toMatchObject({ line: 1, column: 25, path: undefined })
    expect(error.message).toMatch(/is not JSON: a value is missing \(line 1, column 25\)$/)
  })

  test('names of a path count, and are cut', () => {
    const name = 'n'.repeat(5000)
    const error = faultOf(`{"${name}":{"${name}":{"inner":x}}}`)
    expect(error.path?.at(-1)).toBe('inner')
    expect(error.message.length).toBeLessThan(600)
    expect(error.message.split('n').length - 1).toBeLessThan(256 + 20)
  })

  test('of a deep path the end is shown', () => {
    const error = faultOf(`${'[7,{"a":'.repeat(1000)}x`)
    expect(error.path).toHaveLength(17)
    expect(error.path?.[0]).toBe('…')
    expect(error.path?.slice(-3)).toEqual(['a', 1, 'a'])
  })
})
