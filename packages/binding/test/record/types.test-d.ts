import type { HeaderList, HttpResponse } from '@halyard/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import {
  bind,
  bindHeaders,
  bindNothing,
  matchStatus,
  problemOf,
  readMatch,
  readRecord,
  withJsonSchema,
  type MatchResult,
  type PickedCase,
  type Problem,
  type StatusCode,
} from '../../src/record/index.ts'
import { source } from './source.ts'

declare const value: unknown
declare const headers: HeaderList
declare const response: HttpResponse

const User = z.object({
  id: z.number(),
  at: z.string().transform((text) => new Date(text)),
  tag: z.string().optional(),
})
interface UserOutput {
  id: number
  at: Date
  tag?: string | undefined
}

describe('bind', () => {
  test('gives what the schema makes', async () => {
    expectTypeOf(await bind(User, value, source, { format: 'json' })).toEqualTypeOf<UserOutput>()
    const Valibot = v.object({ id: v.number(), list: v.array(v.picklist(['a', 'b'])) })
    expectTypeOf(await bind(Valibot, value, source, { format: 'xml' })).toEqualTypeOf<{
      id: number
      list: ('a' | 'b')[]
    }>()
    const Ark = type({ id: 'number', 'name?': 'string' })
    expectTypeOf(await bind(Ark, value, source, { format: 'form' })).toEqualTypeOf<{ id: number; name?: string }>()
    const Mini = mini.object({ id: mini.nullable(mini.bigint()) })
    expectTypeOf(await bind(Mini, value, source, { format: 'json' })).toEqualTypeOf<{ id: bigint | null }>()
    expectTypeOf(await bind(withJsonSchema(Mini, {}), value, source, { format: 'json' })).toEqualTypeOf<{
      id: bigint | null
    }>()
  })

  test('is a promise where the schema may be asynchronous', () => {
    expectTypeOf(bind(User, value, source, { format: 'json' })).toEqualTypeOf<UserOutput | Promise<UserOutput>>()
    expectTypeOf(bind(User, value, source, { format: 'json', validate: false })).toEqualTypeOf<unknown>()
  })

  test('wrong use', () => {
    expectTypeOf(bind).toBeFunction()
    // @ts-expect-error no schema
    bind({}, value, source, { format: 'json' })
    // @ts-expect-error no format
    bind(User, value, source, {})
    // @ts-expect-error no such format
    bind(User, value, source, { format: 'yaml' })
    // @ts-expect-error no such option
    bind(User, value, source, { format: 'json', strict: true })
  })

  test('others', async () => {
    expectTypeOf(await bindNothing(z.string().nullable(), source)).toEqualTypeOf<string | null>()
    expectTypeOf(await bindHeaders(z.object({ 'x-n': z.int() }), headers, source)).toEqualTypeOf<{ 'x-n': number }>()
    expectTypeOf(problemOf('', value)).toEqualTypeOf<Problem | undefined>()
    expectTypeOf<Problem['title']>().toEqualTypeOf<string | undefined>()
  })

  test('readers', () => {
    expectTypeOf(readRecord(response, User)).toEqualTypeOf<Promise<UserOutput>>()
    expectTypeOf(readRecord(response, User, { validate: false })).toEqualTypeOf<Promise<unknown>>()
    // @ts-expect-error a schema is needed
    void readRecord(response)
  })
})

const cases = {
  200: User,
  204: null,
  404: { body: z.object({ reason: z.string() }), headers: z.object({ 'x-id': z.string() }) },
  409: { headers: z.object({ 'x-id': z.int() }) },
  '4xx': v.object({ code: v.number() }),
  default: z.unknown(),
} as const

describe('match', () => {
  type Result = MatchResult<typeof cases>
  const check = (result: Result): void => {
    if (result.status === 200) {
      expectTypeOf(result.body).toEqualTypeOf<UserOutput>()
      expectTypeOf(result.headers).toEqualTypeOf<HeaderList>()
    } else if (result.status === 204) {
      expectTypeOf(result.body).toEqualTypeOf<undefined>()
    } else if (result.status === 404) {
      expectTypeOf(result.body).toEqualTypeOf<{ reason: string }>()
      expectTypeOf(result.headers).toEqualTypeOf<{ 'x-id': string }>()
    } else if (result.status === 409) {
      expectTypeOf(result.body).toEqualTypeOf<undefined>()
      expectTypeOf(result.headers).toEqualTypeOf<{ 'x-id': number }>()
    } else if (result.status === 403 || result.status === 499) {
      // Also a code that is not registered.
      expectTypeOf(result.body).toEqualTypeOf<{ code: number }>()
    } else {
      expectTypeOf(result.status).toExtend<number>()
    }
  }

  test('status tells the cases apart', () => {
    expectTypeOf(check).toBeFunction()
    expectTypeOf<Extract<Result, { status: 201 }>>().toEqualTypeOf<never>()
    expectTypeOf<Result['status']>().toEqualTypeOf<StatusCode>()
  })

  test('codes are those of the cases, and no others', () => {
    type Two = MatchResult<{ 200: typeof User; 404: null }>
    expectTypeOf<Two['status']>().toEqualTypeOf<200 | 404>()
    type Classes = MatchResult<{ '2xx': typeof User; 204: null; '5xx': null }>
    expectTypeOf<200 extends Classes['status'] ? true : false>().toEqualTypeOf<true>()
    expectTypeOf<599 extends Classes['status'] ? true : false>().toEqualTypeOf<true>()
    expectTypeOf<404 extends Classes['status'] ? true : false>().toEqualTypeOf<false>()
    const body = (result: Classes): unknown => {
      // @ts-expect-error no case has it
      if (result.status === 404) return undefined
      if (result.status === 204) expectTypeOf(result.body).toEqualTypeOf<undefined>()
      if (result.status === 299) expectTypeOf(result.body).toEqualTypeOf<UserOutput>()
      return result.body
    }
    expectTypeOf(body).toBeFunction()
  })

  test('codes as text are the same', () => {
    expectTypeOf<MatchResult<{ '200': typeof User }>['status']>().toEqualTypeOf<200>()
  })

  test('default is the rest', () => {
    type Rest = MatchResult<{ 200: typeof User; '4xx': null; default: typeof User }>
    const check = (result: Rest): void => {
      if (result.status === 404) expectTypeOf(result.body).toEqualTypeOf<undefined>()
      if (result.status === 503) expectTypeOf(result.body).toEqualTypeOf<UserOutput>()
    }
    expectTypeOf(check).toBeFunction()
  })

  test('readMatch', async () => {
    const result = await readMatch(response, { 200: User, 404: z.null() })
    expectTypeOf(result?.status).toEqualTypeOf<200 | 404 | undefined>()
    if (result?.status === 404) expectTypeOf(result.body).toEqualTypeOf<null>()
  })

  test('wrong use', () => {
    expectTypeOf(matchStatus(cases, 200)).toEqualTypeOf<PickedCase | undefined>()
    // @ts-expect-error no class
    matchStatus({ '9xx': User }, 200)
    // @ts-expect-error no status
    matchStatus({ foo: User }, 200)
    // @ts-expect-error no status
    matchStatus({ 99: User }, 200)
    // @ts-expect-error no status
    matchStatus({ 600: User }, 200)
    // @ts-expect-error no schema
    matchStatus({ 200: 'User' }, 200)
    // @ts-expect-error no schema
    matchStatus({ 200: { body: 'User' } }, 200)
    // @ts-expect-error no such part
    matchStatus({ 200: { schema: User } }, 200)
    // @ts-expect-error one wrong among right ones
    void readMatch(response, { 200: User, foo: User })
  })
})
