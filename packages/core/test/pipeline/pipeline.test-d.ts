import { describe, expectTypeOf, test } from 'vitest'
import {
  callKey,
  createPipeline,
  isHttpError,
  newCall,
  type ContributedOptions,
  type HttpError,
  type HttpResponse,
  type Middleware,
  type Pipeline,
  type Transport,
} from '../../src/index.ts'
import { boolean, durationMs, integer, oneOf, optionObject, orFalse, type OptionSpec } from '../../src/options.ts'

interface RetryRequestOptions {
  /** Required here, and made optional by the verb: else a client without retry would pass for one with it. */
  readonly retry: false | { readonly attempts?: number }
}
interface CacheRequestOptions {
  readonly cache: 'default' | 'no-store'
}

declare const transport: Transport
declare const retry: Middleware<RetryRequestOptions>
declare const cache: Middleware<CacheRequestOptions>
declare const plain: Middleware
declare function ping(client: Pipeline<RetryRequestOptions>): Promise<HttpResponse>

describe('typed options', () => {
  test('are those of the layers in the list', () => {
    const api = createPipeline({ transport, use: [plain, cache, retry] })
    expectTypeOf<(typeof api)['get']>().parameter(1).exclude<undefined>().toHaveProperty('retry')
    expectTypeOf<(typeof api)['get']>().parameter(1).exclude<undefined>().toHaveProperty('cache')
    expectTypeOf(
      api.get('/', { retry: { attempts: 5 }, cache: 'no-store', headers: { a: 1 } }),
    ).resolves.toEqualTypeOf<HttpResponse>()
    // @ts-expect-error no such value
    void api.get('/', { cache: 'maybe' })
  })

  test('none is demanded', () => {
    expectTypeOf(createPipeline({ transport, use: [retry] }).get('/')).resolves.toEqualTypeOf<HttpResponse>()
    expectTypeOf(createPipeline({ transport, use: [retry] }).get('/', {})).resolves.toEqualTypeOf<HttpResponse>()
  })

  test('leaving the layer out makes its option a type error', () => {
    const api = createPipeline({ transport, use: [retry] })
    expectTypeOf<(typeof api)['get']>().parameter(1).exclude<undefined>().not.toHaveProperty('cache')
    // @ts-expect-error no cache in the list
    void createPipeline({ transport, use: [retry] }).get('/', { cache: 'no-store' })
    // @ts-expect-error no list
    void createPipeline({ transport }).get('/', { retry: false })
    // @ts-expect-error an empty list
    void createPipeline({ transport, use: [] }).get('/', { retry: false })
  })

  test('Pipeline<{}> is not assignable to Pipeline<RetryRequestOptions>', () => {
    const bare = createPipeline({ transport })
    expectTypeOf(bare).not.toExtend<Pipeline<RetryRequestOptions>>()
    expectTypeOf<Pipeline>().not.toExtend<Pipeline<RetryRequestOptions>>()
    // @ts-expect-error this client cannot retry
    void ping(bare)
    // @ts-expect-error nor does it with another layer
    void ping(createPipeline({ transport, use: [cache, plain] }))
  })

  test('a richer client is taken, also where it was extended', () => {
    void ping(createPipeline({ transport, use: [retry, cache] }))
    const extended = createPipeline({ transport, use: [cache] }).extend({ use: [retry] })
    void ping(extended)
    void extended.get('/', { retry: false, cache: 'default' })
    expectTypeOf(extended).toExtend<Pipeline<RetryRequestOptions & CacheRequestOptions>>()
  })

  test('the marker carries the check', () => {
    expectTypeOf<Pipeline<RetryRequestOptions>['~options']>().toEqualTypeOf<RetryRequestOptions | undefined>()
    expectTypeOf<ContributedOptions<readonly [typeof cache, typeof retry]>>().toExtend<
      RetryRequestOptions & CacheRequestOptions
    >()
    expectTypeOf<keyof ContributedOptions<readonly []>>().toBeNever()
    expectTypeOf<keyof ContributedOptions<readonly [typeof plain]>>().toBeNever()
  })
})

test('a call key carries the type of its value', () => {
  const key = callKey<number>('test.count')
  const call = newCall()
  expectTypeOf(call.get(key)).toEqualTypeOf<number | undefined>()
  // @ts-expect-error not a number
  call.set(key, 'one')
})

test('isHttpError narrows', () => {
  expectTypeOf(isHttpError).guards.toEqualTypeOf<HttpError>()
})

test('an option object has the types of its specs', () => {
  const spec = optionObject({ size: integer(), mode: oneOf('a', 'b'), waitMs: orFalse(durationMs), on: boolean })
  expectTypeOf(spec).toExtend<
    OptionSpec<{
      readonly size: number | undefined
      readonly mode: 'a' | 'b' | undefined
      readonly waitMs: number | false | undefined
      readonly on: boolean | undefined
    }>
  >()
})
