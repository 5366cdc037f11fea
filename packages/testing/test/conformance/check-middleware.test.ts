import { httpRequest, isHttpError, noHeaders, respond, type Middleware } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { checkMiddleware, ConformanceError } from '../../src/index.ts'
import { badMiddlewares } from './bad-middlewares.ts'
import { identity, limit, patientRetry, requestId } from './good-middlewares.ts'

/** Short, for what never happens. */
const patienceMs = 30

test.each([
  ['identity', identity],
  ['request id', requestId],
  ['retry', patientRetry],
  ['limit', limit],
])('%s keeps the contract', async (_name, make) => {
  await expect(checkMiddleware(make)).resolves.toBeUndefined()
})

describe.each(badMiddlewares)('breaks "$rule": $how', ({ rule, make }) => {
  test('is refused, and the rule is named', async () => {
    const failure: unknown = await checkMiddleware(make, { patienceMs }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConformanceError)
    expect(failure).toHaveProperty('message', expect.stringContaining(`the middleware "bad" breaks "${rule}": `))
    expect(failure).toHaveProperty('violations', expect.arrayContaining([expect.objectContaining({ rule })]))
  })
})

test('each rule has a middleware that breaks it', () => {
  const broken = new Set(badMiddlewares.map(({ rule }) => rule))
  expect([...broken].toSorted()).toEqual([
    'discards what it drops',
    'does not mutate',
    'does not swallow errors',
    'forwards cancellation',
    'keeps concurrent calls apart',
    'leaves no listeners',
    'opens a body once',
    'passes through',
    'stops when cancelled',
    'wraps independently',
  ])
})

test('a middleware that breaks one rule is told of that one only', async () => {
  const swallowing = (): Middleware => ({
    name: 'fallback',
    wrap: (next) => (request, call) =>
      next(request, call).catch((error: unknown) => {
        if (isHttpError(error, 'socket')) return respond({ status: 500 })
        throw error
      }),
  })
  await expect(checkMiddleware(swallowing)).rejects.toThrow(
    /^the middleware "fallback" breaks "does not swallow errors": next rejects with a broken connection, the middleware answers 500$/,
  )
  await expect(checkMiddleware(swallowing, { except: ['does not swallow errors'] })).resolves.toBeUndefined()
})

test('errors may be replaced where that is the purpose', async () => {
  const translating = (): Middleware => ({
    name: 'translating',
    wrap: (next) => async (request, call) => {
      try {
        return await next(request, call)
      } catch (cause) {
        throw new Error('translated', { cause })
      }
    },
  })
  await expect(checkMiddleware(translating)).rejects.toThrow('fails with another error: Error: translated')
  await expect(checkMiddleware(translating, { mayReplaceErrors: true })).resolves.toBeUndefined()
})

test('the request, the options of the call and `send` are those that were given', async () => {
  const seen = new Set<unknown>()
  const curious = (): Middleware => ({
    name: 'curious',
    wrap: (next, runtime) => async (request, call) => {
      seen.add(request.origin).add(call.options['mark'])
      const token = await runtime.send(request.with({ body: undefined }), call)
      await token.body.discard()
      return await next(request, call)
    },
  })
  await checkMiddleware(curious, {
    request: httpRequest({ method: 'GET', origin: 'http://a.test', path: '/', headers: noHeaders, body: undefined }),
    callOptions: { mark: 'given' },
    send: () => Promise.resolve(respond({ body: 'token' })),
  })
  expect([...seen]).toEqual(['http://a.test', 'given'])
})

test('a middleware that cannot be built is refused', async () => {
  const unbuildable = (): Middleware => ({
    name: 'unbuildable',
    wrap: () => {
      throw new TypeError('no key')
    },
  })
  await expect(checkMiddleware(unbuildable)).rejects.toThrow('it failed with TypeError: no key')
})
