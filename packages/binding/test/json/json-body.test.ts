import { BodyError, ValidationError, type RequestBody } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decodeJson, jsonBody, type JsonBodyOptions } from '../../src/json/index.ts'
import { sourceOf, utf8 } from '../text/source.ts'

/** The body of a value whose schema, if any, is synchronous. */
function bodyOf(value: unknown, options?: JsonBodyOptions): RequestBody {
  const body = jsonBody(value, options)
  if (body instanceof Promise) throw new Error('a promise')
  return body
}

function textOf(body: RequestBody): string {
  const bytes = body.open()
  if (!(bytes instanceof Uint8Array)) throw new Error('not in memory')
  expect(body.length).toBe(bytes.byteLength)
  expect(body.replayable).toBe(true)
  return new TextDecoder().decode(bytes)
}

function written(value: unknown): string {
  return textOf(bodyOf(value))
}

function refusalOf(value: unknown): BodyError {
  try {
    jsonBody(value)
  } catch (error) {
    if (error instanceof BodyError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

class Point {
  x = 1
  y = 2
  get sum(): number {
    return this.x + this.y
  }
}

class Named {
  x = 1
  readonly [Symbol.toStringTag] = 'Named'
}

describe('what is written', () => {
  test.each([
    ['null', null, 'null'],
    ['a string', 'é', '"é"'],
    ['a number', -1.5, '-1.5'],
    ['a big integer alone', 9007199254740993n, '9007199254740993'],
    ['big integers inside', { a: [1n, { b: -(2n ** 64n) }] }, '{"a":[1,{"b":-18446744073709551616}]}'],
    ['a Date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['undefined members', { a: undefined, b: 1, c: null }, '{"b":1,"c":null}'],
    ['functions and symbols as members', { a: () => 1, [Symbol('s')]: 1, c: Symbol('t') }, '{}'],
    ['a lone surrogate', '\ud800', '"\\ud800"'],
    ['toJSON', { a: { toJSON: () => ({ b: 1 }) } }, '{"a":{"b":1}}'],
    ['toJSON of a Map', Object.assign(new Map(), { toJSON: () => [1] }), '[1]'],
    ['a URL', [new URL('http://a.test/')], '["http://a.test/"]'],
    ['an instance', new Point(), '{"x":1,"y":2}'],
    ['an instance that names itself', [new Named()], '[{"x":1}]'],
    ['no prototype', Object.assign(Object.create(null), { a: null }), '{"a":null}'],
    ['text that looks like trouble', ['null', '{}', 'undefined'], '["null","{}","undefined"]'],
    ['empty things', { a: {}, b: [], c: [null, {}] }, '{"a":{},"b":[],"c":[null,{}]}'],
    [
      'the same object twice',
      (() => {
        const one = { n: null }
        return [one, one, { one }]
      })(),
      '[{"n":null},{"n":null},{"one":{"n":null}}]',
    ],
    ['boxed values', [new Number(1), new String('a'), new Boolean(false)], '[1,"a",false]'],
    ['an own __proto__', JSON.parse('{"__proto__":null}'), '{"__proto__":null}'],
  ])('%s', (_name, value, text) => {
    expect(written(value).startsWith(text)).toBe(true)
  })

  test('media type', () => {
    expect(bodyOf({}).contentType).toBe('application/json')
    expect(bodyOf({}, { mediaType: 'application/vnd.api+json' }).contentType).toBe('application/vnd.api+json')
    expect(bodyOf({}, { mediaType: undefined }).contentType).toBe('application/json')
    expect(bodyOf({}, Object.create({ mediaType: 'text/html' })).contentType).toBe('application/json')
    expect(() => Reflect.apply(jsonBody, undefined, [{}, { mediaType: 1 }])).toThrow('mediaType')
  })
})

describe('what is refused', () => {
  const cyclic: { a: { b: unknown[] } } = { a: { b: [] } }
  cyclic.a.b.push(1, cyclic)
  const bigAndCyclic = { n: 1n, self: {} }
  bigAndCyclic.self = bigAndCyclic
  const table: readonly (readonly [string, unknown, string])[] = [
    ['undefined', undefined, 'undefined has no JSON form'],
    ['a function', () => 1, 'a function has no JSON form'],
    ['a symbol', Symbol('secret'), 'a symbol has no JSON form'],
    ['NaN', NaN, 'JSON cannot hold NaN'],
    ['infinity', { a: [0, { b: -Infinity }] }, 'JSON cannot hold -Infinity at a[1].b'],
    ['NaN beside a big integer', [1n, NaN], 'JSON cannot hold NaN at [1]'],
    ['an invalid Date', { at: new Date(NaN) }, 'JSON cannot hold an invalid Date at at'],
    ['undefined in an array', { a: [1, undefined] }, 'JSON cannot hold undefined at a[1]'],
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what is tested
    ['a hole in an array', [1, , 2], 'JSON cannot hold undefined at [1]'],
    ['a function in an array', [() => 1], 'JSON cannot hold a function at [0]'],
    ['a Promise', { user: Promise.resolve(1) }, 'a Promise (is an `await` missing?) at user'],
    ['a Map', new Map([['a', 1]]), 'a value of kind Map'],
    ['a Set', [new Set([1])], 'a value of kind Set at [0]'],
    ['an Error', { e: Object.assign(new Error('secret'), { code: 1 }) }, 'a value of kind Error at e'],
    ['a RegExp', [/x/], 'a value of kind RegExp at [0]'],
    ['bytes', { b: Uint8Array.of(1, 2) }, 'a value of kind Uint8Array at b'],
    ['empty bytes', [new Uint8Array()], 'a value of kind Uint8Array at [0]'],
    ['a buffer', [new ArrayBuffer(2)], 'a value of kind ArrayBuffer at [0]'],
    ['a view', [new DataView(new ArrayBuffer(2))], 'a value of kind DataView at [0]'],
    ['search parameters', { q: new URLSearchParams('a=1') }, 'a value of kind URLSearchParams at q'],
    ['a Blob', [new Blob(['x'])], 'a value of kind Blob at [0]'],
    ['itself', cyclic, 'an object that holds itself at a.b[1]'],
    ['itself and a big integer', bigAndCyclic, 'an object that holds itself at self'],
  ]
  test.each(table)('%s', (_name, value, words) => {
    const error = refusalOf(value)
    expect(error).toMatchObject({ name: 'BodyError', code: 'encode', sent: 'no', target: '' })
    expect(error.message).toContain(`the request body cannot be written as JSON: `)
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('secret')
  })

  test('depth beyond the stack is written or refused, with and without big integers', () => {
    for (const leaf of [0, 1n, NaN]) {
      let deep: unknown = leaf
      for (let level = 0; level < 200_000; level += 1) deep = level % 2 === 0 ? [deep] : { deep }
      try {
        expect(Number.isNaN(leaf)).toBe(false)
        expect(written(deep).length).toBeGreaterThan(200_000)
      } catch (error) {
        expect(Number.isNaN(leaf) || error instanceof BodyError).toBe(true)
      }
    }
  })

  test('what a toJSON throws is the cause', () => {
    const cause = new Error('mine')
    const error = refusalOf({
      toJSON: () => {
        throw cause
      },
    })
    expect(error.cause).toBe(cause)
  })
})

describe('schemas', () => {
  const When = z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })

  test('encode the value', () => {
    const schema = z.object({ at: When, n: z.number() })
    expect(textOf(bodyOf({ at: new Date(0), n: 1 }, { schema }))).toBe('{"at":"1970-01-01T00:00:00.000Z","n":1}')
  })

  test('refuse what does not fit', () => {
    expect(() => jsonBody({ n: 'x' }, { schema: z.object({ n: z.number() }) })).toThrow(ValidationError)
  })

  test('asynchronous ones give a promise', async () => {
    const schema = z.object({ n: z.number().refine((n) => Promise.resolve(n > 0)) })
    const body = jsonBody({ n: 1 }, { schema })
    expect(body).toBeInstanceOf(Promise)
    expect(textOf(await body)).toBe('{"n":1}')
    await expect(jsonBody({ n: -1 }, { schema })).rejects.toThrow(ValidationError)
  })

  test('one of the prototype does not count', () => {
    expect(textOf(bodyOf({ n: 'x' }, Object.create({ schema: z.object({ n: z.number() }) })))).toBe('{"n":"x"}')
  })
})

test('any data comes back as it was', () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc
      .double({ noNaN: true, noDefaultInfinity: true }) // An integer beyond 2^53 is read as a big one, whoever wrote it.
      .filter((n) => !Object.is(n, -0) && (!Number.isInteger(n) || Number.isSafeInteger(n))),
    fc.bigInt().filter((n) => !Number.isSafeInteger(Number(n))),
    fc.boolean(),
    fc.constant(null),
  )
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const text = written(value)
      expect(decodeJson(utf8(text), sourceOf('application/json'), { numbers: 'lossless' })).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

test('anything at all is written as JSON or refused with a typed error; no null appears', () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
      (value) => {
        let text: string
        try {
          text = written(value)
        } catch (error) {
          expect(error).toBeInstanceOf(BodyError)
          return
        }
        const nulls = (one: unknown): number => {
          if (one === null) return 1
          if (typeof one !== 'object') return 0
          return Object.keys(one).reduce((sum, key) => sum + nulls(Reflect.get(one, key)), 0)
        }
        expect(nulls(JSON.parse(text))).toBe(nulls(value))
      },
    ),
    { numRuns: 1000 },
  )
})
