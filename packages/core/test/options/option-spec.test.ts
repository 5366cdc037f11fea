import { afterEach, describe, expect, test } from 'vitest'
import {
  boolean,
  durationMs,
  guarded,
  integer,
  nearest,
  number,
  oneOf,
  optionObject,
  orFalse,
  string,
  unknownOption,
  type OptionSpec,
} from '../../src/options.ts'
import { configError } from '../thrown.ts'

const mode = oneOf('fast', 'slow')
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const bytes = new Uint8Array()

describe('specs', () => {
  test.each<[string, OptionSpec<unknown>, readonly unknown[]]>([
    ['integer', integer(), [0, -1, Number.MAX_SAFE_INTEGER]],
    ['integer from 1 to 3', integer({ min: 1, max: 3 }), [1, 2, 3]],
    ['number', number(), [0, -1.5, Number.MAX_VALUE]],
    ['number from 0 to 1', number({ min: 0, max: 1 }), [0, 0.5, 1]],
    ['durationMs', durationMs, [0.5, 1, 2 ** 31 - 1]],
    ['boolean', boolean, [true, false]],
    ['string', string, ['', 'x']],
    ['oneOf', mode, ['fast', 'slow']],
    ['orFalse', orFalse(integer()), [false, 1]],
    ['guarded', guarded(isBytes, 'bytes'), [bytes]],
  ])('%s takes', (_name, spec, values) => {
    for (const value of values) expect(spec(value, 'o')).toBe(value)
  })

  const wrong = [undefined, null, '1', true, {}, [], () => 1, Number.NaN]
  test.each<[string, OptionSpec<unknown>, readonly unknown[], string]>([
    ['integer', integer(), [...wrong, 1.5, Infinity, 2 ** 53, 1n], 'an integer'],
    ['integer from', integer({ min: 1 }), [...wrong, 0, 1.5], 'an integer of at least 1'],
    ['integer to', integer({ max: 3 }), [...wrong, 4], 'an integer of at most 3'],
    ['integer from 0', integer({ min: 0, max: 3 }), [...wrong, -1, 4], 'an integer from 0 to 3'],
    ['number', number(), [...wrong, Infinity, -Infinity, 1n], 'a number'],
    ['number from', number({ min: 0 }), [...wrong, -0.1], 'a number of at least 0'],
    ['number to', number({ max: 1 }), [...wrong, 1.1], 'a number of at most 1'],
    ['number from to', number({ min: 0, max: 1 }), [...wrong, -0.1, 1.1], 'a number from 0 to 1'],
    [
      'durationMs',
      durationMs,
      [...wrong, 0, -1, 2 ** 31, Infinity],
      'milliseconds, more than 0 and at most 2147483647',
    ],
    ['boolean', boolean, [undefined, null, 0, 'true', {}], 'true or false'],
    ['string', string, [undefined, null, 0, {}, ['x']], 'a string'],
    ['oneOf', mode, [undefined, null, '', 'FAST', 'fast ', ['fast']], "'fast' or 'slow'"],
    ['orFalse', orFalse(integer({ min: 1 })), [undefined, null, true, 0, ''], 'an integer of at least 1, or false'],
    ['guarded', guarded(isBytes, 'bytes'), [undefined, null, 'x', []], 'bytes'],
  ])('%s refuses', (_name, spec, values, expected) => {
    for (const value of values) {
      const error = configError(() => spec(value, 'pool.size'))
      expect([error.option, error.expected]).toEqual(['pool.size', expected])
      expect(error.message.startsWith(`pool.size: expected ${expected}, got `)).toBe(true)
    }
  })

  test('orFalse leaves other failures alone', () => {
    const failing: OptionSpec<never> = () => {
      throw new RangeError('other')
    }
    expect(() => orFalse(failing)(1, 'o')).toThrow(new RangeError('other'))
  })

  test('orFalse of an object says what is wrong inside, without a word of false', () => {
    const spec = orFalse(optionObject({ size: integer() }))
    expect(configError(() => spec({ size: 'x' }, 'pool')).message).toBe('pool.size: expected an integer, got "x"')
    expect(configError(() => spec({ siez: 1 }, 'pool')).message).toContain("did you mean 'size'?")
    expect(configError(() => spec(true, 'pool')).message).toBe('pool: expected an object, or false, got true')
  })
})

describe('optionObject', () => {
  const spec = optionObject({ size: integer({ min: 1 }), mode, deep: optionObject({ waitMs: durationMs }) })

  afterEach(() => {
    Reflect.deleteProperty(Object.prototype, 'size')
    Reflect.deleteProperty(Object.prototype, 'evil')
  })

  test('gives each name of the table, what was not given undefined', () => {
    expect({ ...spec({ size: 2, mode: undefined, deep: {} }, 'pool') }).toEqual({
      size: 2,
      mode: undefined,
      deep: expect.anything(),
    })
    expect(Object.keys(spec({}, ''))).toEqual(['size', 'mode', 'deep'])
  })

  test('is a fresh object without a prototype', () => {
    const given = { size: 2 }
    const resolved = spec(given, '')
    expect(resolved).not.toBe(given)
    expect(Object.getPrototypeOf(resolved)).toBeNull()
    expect('toString' in resolved).toBe(false)
  })

  test('a polluted Object.prototype adds nothing', () => {
    Object.defineProperty(Object.prototype, 'size', { value: 7, enumerable: true, configurable: true, writable: true })
    Object.defineProperty(Object.prototype, 'evil', { value: 7, enumerable: true, configurable: true, writable: true })
    const resolved = spec({ mode: 'fast' }, '')
    expect([resolved.size, resolved.mode]).toEqual([undefined, 'fast'])
  })

  test('inherited options are none', () => {
    expect(spec(Object.create({ size: 2 }), '').size).toBeUndefined()
    expect(spec(Object.assign(Object.create(null), { size: 2 }), '').size).toBe(2)
  })

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    '%s is an unknown name like any other',
    (name) => {
      const given: unknown = JSON.parse(`{ "${name}": {} }`)
      expect(configError(() => spec(given, 'pool')).option).toBe(`pool.${name}`)
    },
  )

  test.each([null, undefined, [], [1], () => ({}), 'x', 7, true])('%s is refused', (value) => {
    expect(configError(() => spec(value, 'pool')).message).toMatch(/^pool: expected an object, got /)
  })

  test('names the path of what is wrong', () => {
    expect(configError(() => spec({ deep: { waitMs: 0 } }, 'pool')).option).toBe('pool.deep.waitMs')
    expect(configError(() => spec({ size: 0 }, '')).option).toBe('size')
  })

  test('an unknown name suggests the nearest known one', () => {
    expect(configError(() => spec({ Size: 1 }, 'pool')).message).toBe(
      'pool.Size: expected one of size, mode, deep, got "Size"; did you mean \'size\'?',
    )
    expect(configError(() => spec({ deep: { waitms: 1 } }, 'pool')).message).toContain("did you mean 'waitMs'?")
    expect(configError(() => spec({ somethingElse: 1 }, 'pool')).message).not.toContain('did you mean')
  })

  test('an unknown name is refused even when its value is undefined', () => {
    expect(configError(() => spec({ siez: undefined }, '')).option).toBe('siez')
  })
})

describe('nearest', () => {
  test.each<[string, readonly string[], string | undefined]>([
    ['retires', ['retries', 'timeout'], 'retries'],
    ['timeOut', ['retries', 'timeout'], 'timeout'],
    ['maxConections', ['maxConnections', 'maxStreams'], 'maxConnections'],
    ['headersMS', ['headersMs', 'idleMs'], 'headersMs'],
    ['zzzzzz', ['retries', 'timeout'], undefined],
    ['', ['retries'], undefined],
    ['retries', [], undefined],
    ['ab', ['abc', 'abd'], 'abc'],
  ])('of %j among %j is %j', (name, known, expected) => {
    expect(nearest(name, known)).toBe(expected)
  })

  test('unknownOption lists what is known', () => {
    expect(unknownOption('options.x', 'x', ['first', 'second']).message).toBe(
      'options.x: expected one of first, second, got "x"',
    )
  })
})
