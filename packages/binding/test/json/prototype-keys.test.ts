import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeJson, type JsonReadOptions } from '../../src/json/index.ts'
import { checkUnpolluted, decodeErrorOf, sourceOf, utf8 } from '../text/source.ts'

const json = sourceOf('application/json')

function decoded(text: string, options?: JsonReadOptions): unknown {
  return decodeJson(utf8(text), json, options)
}

/** A merge as careless code does it. */
function merge(target: object, from: object): object {
  for (const key of Reflect.ownKeys(from)) {
    const value: unknown = Reflect.get(from, key)
    const known: unknown = Reflect.get(target, key)
    const isBoth =
      typeof value === 'object' && value !== null && (typeof known === 'object' || typeof known === 'function')
    if (isBoth && known !== null) merge(known, value)
    else Reflect.set(target, key, value)
  }
  return target
}

afterEach(checkUnpolluted)

const hostile: readonly (readonly [string, readonly (string | number)[]])[] = [
  ['{"__proto__":{"polluted":1}}', []],
  ['{"__proto__":1}', []],
  ['{"__proto__" \n : null}', []],
  ['{"a":[0,{"b":{"__proto__":{"polluted":1}}}]}', ['a', 1, 'b']],
  ['[[{"__proto__":{"polluted":1}}]]', [0, 0]],
  ['{"\\u005f_proto__":{"polluted":1}}', []],
  ['{"__proto_\\u005F":{"polluted":1}}', []],
  ['{"__\\u0070roto__":{"polluted":1}}', []],
  ['{"__p\\u0072oto__":{"polluted":1}}', []],
  ['{"__pr\\u006fto__":{"polluted":1}}', []],
  ['{"__pro\\u0074o__":{"polluted":1}}', []],
  ['{"constructor":{"prototype":{"polluted":1}}}', []],
  ['{"x":{"constructor":{"a":1,"prototype":1}}}', ['x']],
  ['{"constructor":{"\\u0070rototype":{"polluted":1}}}', []],
  ['{"constructor":{"protot\\u0079pe":{"polluted":1}}}', []],
  ['{"constructor":{"prototyp\\u0065":{"polluted":1}}}', []],
  ['{"c\\u006fnstructor":{"prototype":{"polluted":1}}}', []],
  ['{"__proto__":{"__proto__":{"polluted":1}}}', []],
]

describe.each([
  ['doubles', {}],
  ['lossless', { numbers: 'lossless', decimals: 'text' }],
] as const)('%s', (_name, options) => {
  // A big integer brings the other parser in.
  const wrap = (text: string): string => `[${text},9007199254740993,1.5]`

  test.each(hostile)('%s is an error', (text, path) => {
    const error = decodeErrorOf(() => decoded(wrap(text), options))
    expect(error).toMatchObject({ code: 'decode', path: [0, ...path] })
    expect(error.message).toContain("has a key that stands for an object's prototype")
    expect(error.message).not.toContain('polluted')
    const bare = decodeErrorOf(() => decoded(wrap(text), { ...options, excerptBytes: 0 }))
    expect(bare.path).toBeUndefined()
  })

  test.each(hostile)('%s is dropped, and merges harmlessly', (text) => {
    const value = decoded(wrap(text), { ...options, prototypeKeys: 'drop' })
    expect(
      JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item)),
    ).not.toMatch(/__proto__|prototype|polluted/)
    merge({}, Object(value))
    merge({}, { ...Object(value) })
  })
})

test.each([
  ['{"constructor":"Ferrari","prototype":"SF-25"}', { constructor: 'Ferrari', prototype: 'SF-25' }],
  ['{"constructor":{"name":"x"}}', { constructor: { name: 'x' } }],
  ['{"constructor":[{"prototype":1}]}', { constructor: [{ prototype: 1 }] }],
  ['{"constructor":{"prototype":1},"constructor":5}', { constructor: 5 }],
  ['{"a":"__proto__","b":["prototype","constructor"]}', { a: '__proto__', b: ['prototype', 'constructor'] }],
  ['{"my__proto__":1,"\\u00e9\\u0065":2}', { my__proto__: 1, ée: 2 }],
])('%s is data', (text, value) => {
  expect(decoded(text)).toEqual(value)
  expect(decoded(text, { prototypeKeys: 'drop' })).toEqual(value)
})

test('no own key that stands for a prototype is ever in a value, however it is written', () => {
  const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', 'toString')
  const escaped = fc.tuple(name, fc.array(fc.nat(10), { maxLength: 3 }), fc.boolean()).map(([text, at, upper]) =>
    Array.from(text)
      .map((one, index) => {
        const hex = one.charCodeAt(0).toString(16).padStart(4, '0')
        return at.includes(index) ? `\\u${upper ? hex.toUpperCase() : hex}` : one
      })
      .join(''),
  )
  const { text } = fc.letrec<{ text: string; object: string; array: string }>((tie) => ({
    text: fc.oneof({ maxDepth: 5 }, fc.constantFrom('1', '"x"', '{}'), tie('object'), tie('array')),
    object: fc
      .array(fc.tuple(escaped, tie('text')), { maxLength: 3 })
      .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`),
    array: fc.array(tie('text'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  }))
  const isBad = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null) return false
    const inner: unknown = Object.hasOwn(value, 'constructor') ? Reflect.get(value, 'constructor') : undefined
    if (Object.hasOwn(value, '__proto__')) return true
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')) return true
    return Object.keys(value).some((key) => isBad(Reflect.get(value, key)))
  }
  fc.assert(
    fc.property(text, (source) => {
      const raw: unknown = JSON.parse(source)
      const run = (): unknown => decoded(source)
      if (isBad(raw)) expect(decodeErrorOf(run).message).toContain('prototype')
      else expect(run()).toEqual(raw)
      expect(isBad(decoded(source, { prototypeKeys: 'drop' }))).toBe(false)
    }),
    { numRuns: 2000 },
  )
})
