import { ValidationError } from '@halyard/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { bind, bindNothing, type BindOptions, type Schema } from '../../src/record/index.ts'
import { source, sourceOf, thrownBy } from './source.ts'

const json: BindOptions = { format: 'json' }

const address = { zod: z.object({ zip: z.string() }), valibot: v.object({ zip: v.string() }) }
const libraries: readonly (readonly [string, Schema])[] = [
  ['zod', z.object({ users: z.array(z.object({ address: address.zod })) })],
  ['zod/mini', mini.object({ users: mini.array(mini.object({ address: mini.object({ zip: mini.string() }) })) })],
  ['valibot', v.object({ users: v.array(v.object({ address: address.valibot })) })],
  ['arktype', type({ users: type({ address: { zip: 'string' } }).array() })],
]

describe.each(libraries)('%s', (_name, schema) => {
  const good = { address: { zip: 'x' } }

  test('gives what the schema makes, at once', () => {
    expect(bind(schema, { users: [good] }, source, json)).toEqual({ users: [good] })
  })

  test('says where it does not fit', async () => {
    const value = { users: [good, good, good, { address: { zip: 5 } }] }
    const error = await thrownBy(() => bind(schema, value, sourceOf('application/json; charset=utf-8', 201), json))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({
      at: 'body',
      target: 'GET https://h.test/users',
      status: 201,
      mediaType: 'application/json; charset=utf-8',
      issues: [{ path: ['users', 3, 'address', 'zip'], message: expect.stringContaining('string') }],
    })
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(
        /^GET https:\/\/h\.test\/users: the response's body \(status 201, [a-z+/.]+\) does not fit its schema: users\[3\]\.address\.zip: /,
      ),
    )
    expect(Object.keys(Object(error).issues[0]).toSorted()).toEqual(['message', 'path'])
  })
})

describe('JSON', () => {
  test('is validated once, and nothing else happens to it', () => {
    const validate = vi.fn<(value: unknown) => { value: unknown }>((one) => ({ value: one }))
    const input = vi.fn<() => Record<string, unknown>>()
    const schema = { '~standard': { version: 1, vendor: 'zod', validate, jsonSchema: { input } } } as const
    const value = { a: '1' }
    expect(bind(schema, value, source, json)).toBe(value)
    expect(validate.mock.calls).toEqual([[value]])
    expect(input).not.toHaveBeenCalled()
  })

  test('text in it stays text', async () => {
    expect(await thrownBy(() => bind(z.object({ n: z.int() }), { n: '1' }, source, json))).toBeInstanceOf(
      ValidationError,
    )
  })

  test('lossless: small integers are big ones where the schema wants those', () => {
    const schema = z.object({
      id: z.bigint(),
      ids: z.array(z.bigint()),
      n: z.number(),
      either: z.union([z.bigint(), z.number()]),
    })
    const value = { id: 5, ids: [6, 9007199254740993n], n: 7, either: 8 }
    expect(bind(schema, value, source, { format: 'json', numbers: 'lossless' })).toEqual({
      id: 5n,
      ids: [6n, 9007199254740993n],
      n: 7,
      either: 8,
    })
    expect(value.id).toBe(5)
    const fraction = bind(schema, { id: 1.5 }, source, { format: 'json', numbers: 'lossless', validate: false })
    expect(fraction).toEqual({ id: 1.5 })
  })

  test('one that nests deeper than the stack does not fit', async () => {
    const Deep = z.object({
      get in() {
        return Deep.optional()
      },
    })
    let value: Record<string, unknown> = {}
    for (let depth = 0; depth < 100_000; depth += 1) value = { in: value }
    const error = await thrownBy(() => bind(Deep, value, source, json))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ issues: [{ message: 'nested too deep' }] })
  })
})

describe('validate: false', () => {
  test('gives the decoded value as it is', () => {
    const value = { a: 1 }
    expect(bind(z.string(), value, source, { ...json, validate: false })).toBe(value)
  })

  test('converts still', () => {
    const schema = z.object({ a: z.int(), b: z.int() })
    expect(bind(schema, { a: '1', b: 'x' }, source, { format: 'xml', validate: false })).toEqual({ a: 1, b: 'x' })
  })
})

describe('asynchronous schemas', () => {
  const Even = z.number().refine((n) => Promise.resolve(n % 2 === 0), 'must be even')

  test('give a promise, and only they do', async () => {
    const bound = bind(Even, 2, source, json)
    expect(bound).toBeInstanceOf(Promise)
    expect(await bound).toBe(2)
    expect(bind(z.number(), 2, source, json)).toBe(2)
  })

  test('fail as others do', async () => {
    const error = await thrownBy(() => bind(z.object({ a: Even }), { a: 3 }, source, json))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ issues: [{ path: ['a'], message: 'must be even' }] })
    const valibot = v.pipeAsync(
      v.number(),
      v.checkAsync((n) => Promise.resolve(n > 3), 'must be big'),
    )
    expect(await thrownBy(() => bind(valibot, 3, source, json))).toMatchObject({ issues: [{ message: 'must be big' }] })
  })

  test('an error of a check stays what it is', async () => {
    const boom = new Error('boom')
    const schema = v.pipe(
      v.number(),
      v.check(() => {
        throw boom
      }),
    )
    expect(await thrownBy(() => bind(schema, 1, source, json))).toBe(boom)
  })
})

describe('codecs and coercion', () => {
  const Event = z.object({
    at: z.codec(z.iso.datetime(), z.date(), { decode: (s) => new Date(s), encode: (d) => d.toISOString() }),
    id: z.codec(z.string().regex(/^\d+$/), z.bigint(), { decode: BigInt, encode: String }),
    count: z.coerce.number(),
    flag: z.coerce.boolean(),
    on: z.date(),
  })

  test.each(['xml', 'form'] as const)('work with text of %s', (format) => {
    const text = { at: '2024-01-02T03:04:05Z', id: '007', count: '1.10', flag: 'false', on: '2024-01-02T03:04:05Z' }
    const date = new Date('2024-01-02T03:04:05Z')
    expect(bind(Event, text, source, { format })).toEqual({ at: date, id: 7n, count: 1.1, flag: false, on: date })
  })

  test('work without a shape', () => {
    const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) })
    expect(bind(schema, { n: '5' }, source, { format: 'xml' })).toEqual({ n: 5 })
  })
})

describe('what arrives as text is what the schema says', () => {
  const schema = z.object({ text: z.string(), number: z.number(), big: z.bigint() })
  const issuesOf = async (tree: Record<string, string>): Promise<unknown> => {
    const error = await thrownBy(() => bind(schema, tree, source, { format: 'xml' }))
    return error instanceof ValidationError ? error.issues.map(({ path = [] }) => path[0]) : error
  }

  test.each<[string, number | undefined, bigint | undefined]>([
    ['007', 7, 7n],
    ['1.10', 1.1, undefined],
    ['0x1F', undefined, undefined],
    ['9007199254740993', undefined, 9007199254740993n],
  ])('%s', async (text, number, big) => {
    const wrong = [number === undefined ? ['number'] : [], big === undefined ? ['big'] : []].flat()
    const tree = { text, number: text, big: text }
    if (wrong.length > 0) expect(await issuesOf(tree)).toEqual(wrong)
    const fitting = { text, number: number === undefined ? '0' : text, big: big === undefined ? '0' : text }
    expect(bind(schema, fitting, source, { format: 'xml' })).toEqual({ text, number: number ?? 0, big: big ?? 0n })
  })
})

describe('secrets', () => {
  const quoting = (message: (value: unknown) => string): Schema => ({
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: (value) => ({ issues: [{ message: message(Object(value).password), path: [{ key: 'password' }] }] }),
    },
  })
  const payload = { password: 'hunter2"\nhunter2' }
  const messageOf = async (
    schema: Schema,
    options: Partial<BindOptions>,
    value: unknown = payload,
  ): Promise<unknown> => {
    const error = await thrownBy(() => bind(schema, value, source, { ...json, ...options }))
    return error instanceof ValidationError ? error.issues[0]?.message : error
  }

  test('messages are cut', async () => {
    const message = await messageOf(
      quoting((value) => String(value).repeat(1000)),
      {},
    )
    expect(String(message)).toHaveLength(201)
  })

  test.each<[string, (value: unknown) => string]>([
    ['as it is', (value) => `not ${String(value)}`],
    ['as JSON', (value) => `not ${JSON.stringify(value)}`],
    ['cut', (value) => `not ${String(value).slice(0, 16)}…`],
  ])('excerptBytes: 0 hides a value %s', async (_name, message) => {
    expect(await messageOf(quoting(message), { excerptBytes: 0 })).toBe('does not fit')
    expect(await messageOf(quoting(message), {})).toContain('hunter2')
  })

  test('excerptBytes: 0 hides what is inside of a value, and keeps other messages', async () => {
    const whole: Schema = {
      '~standard': {
        version: 1,
        vendor: 'x',
        validate: (value) => ({ issues: [{ message: JSON.stringify(value) }] }),
      },
    }
    expect(await messageOf(whole, { excerptBytes: 0 })).toBe('does not fit')
    expect(
      await messageOf(
        whole,
        { excerptBytes: 0 },
        Array.from({ length: 2000 }, () => 1),
      ),
    ).toBe('does not fit')
    expect(
      await messageOf(
        quoting(() => 'too short'),
        { excerptBytes: 0 },
      ),
    ).toBe('too short')
    expect(
      await messageOf(
        quoting(() => 'not abc'),
        { excerptBytes: 0 },
        { password: 'abc' },
      ),
    ).toBe('not abc')
  })

  test('arktype quotes, and is silenced', async () => {
    const schema = type({ password: 'number', n: 'string' })
    const value = { password: 'hunter2', n: 123456 }
    const error = await thrownBy(() => bind(schema, value, source, { ...json, excerptBytes: 0 }))
    expect(JSON.stringify([error, String(error)])).not.toMatch(/hunter2|123456/)
    expect(String(error)).toContain('password: ')
  })
})

test('options on Object.prototype count for nothing', async () => {
  Object.defineProperty(Object.prototype, 'validate', { value: false, configurable: true })
  Object.defineProperty(Object.prototype, 'lax', { value: true, configurable: true })
  try {
    const error = await thrownBy(() => bind(z.object({ a: z.int().optional() }), { a: null }, source, json))
    expect(error).toBeInstanceOf(ValidationError)
  } finally {
    Reflect.deleteProperty(Object.prototype, 'validate')
    Reflect.deleteProperty(Object.prototype, 'lax')
  }
})

describe('bindNothing', () => {
  const empty = sourceOf(undefined, 204)

  test.each<[string, Schema, unknown]>([
    ['undefined', z.undefined(), undefined],
    ['void', z.void(), undefined],
    ['an optional', z.string().optional(), undefined],
    ['a default', z.number().default(3), 3],
    ['null', z.null(), null],
    ['a nullable', z.object({}).nullable(), null],
    ['undefined before null', z.string().nullish(), undefined],
    ['valibot', v.nullable(v.string()), null],
    ['arktype', type('string | null'), null],
  ])('takes %s', (_name, schema, expected) => {
    expect(bindNothing(schema, empty)).toBe(expected)
  })

  test('refuses others', async () => {
    const error = await thrownBy(() => bindNothing(z.object({}), empty))
    expect(error).toMatchObject({
      name: 'BodyError',
      code: 'no-content',
      message: 'GET https://h.test/users: the response (status 204) has no body, and the schema wants one',
    })
  })

  test('asks asynchronous schemas', async () => {
    const ok = z.undefined().refine(() => Promise.resolve(true))
    expect(bindNothing(ok, empty)).toBeInstanceOf(Promise)
    expect(await bindNothing(ok, empty)).toBeUndefined()
    expect(
      await bindNothing(
        z.null().refine(() => Promise.resolve(true)),
        empty,
      ),
    ).toBeNull()
    const no = z.string().refine(() => Promise.resolve(true))
    const never = z.any().refine(() => Promise.resolve(false))
    expect(await thrownBy(() => bindNothing(no, empty))).toMatchObject({ code: 'no-content' })
    expect(await thrownBy(() => bindNothing(never, empty))).toMatchObject({ code: 'no-content' })
  })
})
