import { BodyError, ValidationError } from '@halyard/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { encodeBySchema, withJsonSchema, type Schema } from '../../src/record/index.ts'
import { thrownBy } from './source.ts'

const pair = { decode: (text: string) => new Date(text), encode: (date: Date) => date.toISOString() }
const toBig = { decode: (text: string) => BigInt(text), encode: (big: bigint) => String(big) }
const date = new Date('2024-01-02T03:04:05.000Z')

const classic = z.object({
  at: z.codec(z.iso.datetime(), z.date(), pair),
  ids: z.array(z.codec(z.string(), z.bigint(), toBig)),
})
const small = mini.object({
  at: mini.codec(mini.iso.datetime(), mini.date(), pair),
  ids: mini.array(mini.codec(mini.string(), mini.bigint(), toBig)),
})

describe.each<[string, Schema]>([
  ['zod', classic],
  ['zod/mini', small],
  ['zod/mini with a JSON Schema', withJsonSchema(small, { type: 'object' })],
])('%s encodes', (_name, schema) => {
  test('by its codecs, at once', () => {
    expect(encodeBySchema(schema, { at: date, ids: [5n] })).toEqual({ at: date.toISOString(), ids: ['5'] })
  })

  test('and says where a value does not fit', async () => {
    const error = await thrownBy(() => encodeBySchema(schema, { at: date, ids: [5n, 6] }))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({
      at: 'request',
      status: undefined,
      issues: [{ path: ['ids', 1], message: expect.stringMatching(/.+/) }],
      message: expect.stringContaining('ids[1]: '),
    })
  })
})

describe('zod', () => {
  test('checks on the way out too', async () => {
    const schema = z.object({ n: z.int().min(3) })
    expect(encodeBySchema(schema, { n: 3 })).toEqual({ n: 3 })
    expect(await thrownBy(() => encodeBySchema(schema, { n: 2 }))).toBeInstanceOf(ValidationError)
  })

  test('what is not known is left out, or refused by a closed record', async () => {
    expect(encodeBySchema(z.object({ a: z.int() }), { a: 1, b: 2 })).toEqual({ a: 1 })
    expect(await thrownBy(() => encodeBySchema(z.strictObject({ a: z.int() }), { a: 1, b: 2 }))).toBeInstanceOf(
      ValidationError,
    )
  })

  test.each<[string, Schema]>([
    ['zod', z.string().transform(Number)],
    ['zod/mini', mini.pipe(mini.string(), mini.transform(Number))],
  ])('%s: a transformation of one direction is no way to encode', async (_name, schema) => {
    const error = await thrownBy(() => encodeBySchema(schema, 'x'))
    expect(error).toBeInstanceOf(BodyError)
    expect(error).toMatchObject({ code: 'encode', sent: 'no', message: expect.stringContaining('z.codec') })
  })

  test('a codec that throws is an error of encoding', async () => {
    const boom = new Error('boom')
    const schema = z.codec(z.string(), z.string(), {
      decode: (text) => text,
      encode: () => {
        throw boom
      },
    })
    expect(await thrownBy(() => encodeBySchema(schema, 'x'))).toMatchObject({ code: 'encode', cause: boom })
  })

  const slow = {
    decode: (text: string) => Promise.resolve(Number(text)),
    encode: (number: number) => Promise.resolve(String(number)),
  }

  test.each<[string, Schema]>([
    ['zod', z.object({ n: z.codec(z.string(), z.number(), slow) })],
    ['zod/mini', mini.object({ n: mini.codec(mini.string(), mini.number(), slow) })],
  ])('%s: asynchronous codecs give a promise', async (_name, schema) => {
    const encoded = encodeBySchema(schema, { n: 5 })
    expect(encoded).toBeInstanceOf(Promise)
    expect(await encoded).toEqual({ n: '5' })
    expect(await thrownBy(() => encodeBySchema(schema, { n: 'x' }))).toBeInstanceOf(ValidationError)
    expect(await thrownBy(() => encodeBySchema(z.object({ n: z.string().transform(slow.decode) }), {}))).toMatchObject({
      code: 'encode',
    })
  })
})

describe('others validate, and what that makes is sent', () => {
  test('valibot', async () => {
    const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) })
    expect(encodeBySchema(schema, { n: '5', x: 1 })).toEqual({ n: 5 })
    expect(await thrownBy(() => encodeBySchema(schema, { n: 5 }))).toMatchObject({
      name: 'ValidationError',
      at: 'request',
      issues: [{ path: ['n'] }],
    })
  })

  test('arktype', () => {
    expect(encodeBySchema(type({ n: 'number' }), { n: 5 })).toEqual({ n: 5 })
  })

  test('asynchronous ones give a promise', async () => {
    const schema = v.pipeAsync(
      v.number(),
      v.checkAsync((n) => Promise.resolve(n > 3), 'small'),
    )
    expect(await encodeBySchema(schema, 5)).toBe(5)
    expect(await thrownBy(() => encodeBySchema(schema, 1))).toMatchObject({ issues: [{ message: 'small' }] })
  })
})
