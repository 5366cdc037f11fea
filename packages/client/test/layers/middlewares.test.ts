import { fakeClock, mockTransport, type MockTransport } from '@halyard/testing'
import { respond, type Middleware } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { createClient, standardOrder, type ClientConfig } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

/** Notes when it is passed, both ways. */
function noting(name: string, notes: string[]): Middleware {
  return {
    name,
    wrap: (next) => async (request, call) => {
      notes.push(`> ${name}`)
      const response = await next(request, call)
      notes.push(`< ${name}`)
      return response
    },
  }
}

function adding(name: string): Middleware {
  return {
    name,
    wrap: (next) => (request, call) => next(request.with({ headers: request.headers.append('x-through', name) }), call),
  }
}

test('first is outermost; those of the call are around those of the attempt', async () => {
  const notes: string[] = []
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => noting(name, notes))
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four')
  const api = createClient('http://a.test', { transport: mockTransport({}), use: { call: [a, b], attempt: [c, d] } })
  await api.get('/')
  expect(notes).toEqual(['> a', '> b', '> c', '> d', '< d', '< c', '< b', '< a'])
  expect(api.describe()).toEqual([
    'a',
    'b',
    'deadline',
    'decode-content',
    'retry',
    'attempt-timeout',
    'c',
    'd',
    'auth',
    'transfer',
    'mock',
  ])
  expect(standardOrder).toEqual([
    'use.call',
    'fallback',
    'deadline',
    'decode-content',
    'retry',
    'hedge',
    'balance',
    'breaker',
    'rate-limit',
    'bulkhead',
    'adaptive-limit',
    'attempt-timeout',
    'use.attempt',
    'auth',
    'transfer',
    'transport',
  ])
  expect(createClient().describe()).toEqual([
    'deadline',
    'decode-content',
    'retry',
    'attempt-timeout',
    'auth',
    'transfer',
    'transport',
  ])
})

test('wrap runs once a client, the handler once a call', async () => {
  const counts = { wraps: 0, calls: 0 }
  const counting: Middleware = {
    name: 'counting',
    wrap: (next) => {
      counts.wraps += 1
      return (request, call) => {
        counts.calls += 1
        return next(request, call)
      }
    },
  }
  const api = createClient('http://a.test', { transport: mockTransport({}), use: { call: [counting] } })
  await Promise.all([api.get('/1'), api.get('/2'), api.get('/3').text()])
  expect(counts).toEqual({ wraps: 1, calls: 3 })
})

test('the runtime sends without the layers', async () => {
  const transport = mockTransport({ body: 'token' })
  const login: Middleware = {
    name: 'login',
    wrap: (next, runtime) => async (request, call) => {
      const token = await runtime.send(request.with({ url: new URL('http://a.test/token') }), call)
      await token.body.discard()
      return await next(request, call)
    },
  }
  const api = createClient('http://a.test', { transport, use: { call: [login, adding('x')] } })
  await api.get('/x')
  const through = transport.requests.map(({ url, headers }) => [url, headers.get('x-through')])
  expect(through).toEqual([
    ['http://a.test/token', undefined],
    ['http://a.test/x', 'x'],
  ])
})

test('a middleware may answer itself, and may fail', async () => {
  const transport = mockTransport({})
  const wrong = new Error('mine')
  const answers: Middleware = { name: 'a', wrap: () => () => Promise.resolve(respond({ status: 418, body: 'tea' })) }
  const throws: Middleware = {
    name: 'b',
    wrap: () => () => {
      throw wrong
    },
  }
  const response = await createClient('http://a.test', { transport, use: { call: [answers] } }).get('/')
  expect([response.status, await response.text()]).toEqual([418, 'tea'])
  for (const use of [{ call: [throws] }, { attempt: [throws] }])
    expect(await rejection(createClient('http://a.test', { transport, use }).get('/').json())).toBe(wrong)
  expect(transport.requests).toEqual([])
})

test('options reach the middleware by reference', async () => {
  const seen: unknown[] = []
  const tenant: Middleware<{ readonly tenant: string }> = {
    name: 'tenant',
    wrap: (next) => (request, call) => {
      seen.push(call.options)
      return next(request, call)
    },
  }
  const api = createClient('http://a.test', { transport: mockTransport({}), use: { call: [tenant] } })
  const options = { tenant: 'acme' }
  await api.get('/', options)
  await api.get('/')
  expect(seen[0]).toBe(options)
  expect(Object.keys(seen[1] ?? {})).toEqual([])
})

describe('extend', () => {
  const through = ({ requests }: MockTransport): (string | readonly string[] | undefined)[] =>
    requests.map(({ headers }) => headers.getAll('x-through'))

  test('puts its middlewares around those that are there', async () => {
    const transport = mockTransport({})
    const base = createClient('http://a.test', { transport, use: { call: [adding('a')], attempt: [adding('b')] } })
    const more = base.extend({ use: { call: [adding('c')], attempt: [adding('d')] } })
    expect(more.describe()).toEqual([
      'c',
      'a',
      'deadline',
      'decode-content',
      'retry',
      'attempt-timeout',
      'd',
      'b',
      'auth',
      'transfer',
      'mock',
    ])
    await more.get('/')
    await base.get('/')
    expect(through(transport)).toEqual([
      ['c', 'a', 'd', 'b'],
      ['a', 'b'],
    ])
    expect(base.describe()).toEqual([
      'a',
      'deadline',
      'decode-content',
      'retry',
      'attempt-timeout',
      'b',
      'auth',
      'transfer',
      'mock',
    ])
  })

  test('merges headers and query, and takes another base', async () => {
    const transport = mockTransport({})
    const base = createClient('http://a.test', {
      transport,
      headers: { 'x-a': '1', 'x-b': '1' },
      query: { a: 1, b: 1 },
    })
    await base.extend({ headers: { 'X-B': '2', 'x-c': '2' }, query: { b: 2, c: 2 } }).get('/')
    await base.extend({ headers: { 'x-a': undefined }, query: new URLSearchParams('a=3') }).get('/')
    await base.extend({ base: 'http://b.test/v2', queryStyle: 'comma' }).get('/x', { query: { d: [1, 2] } })
    const seen = transport.requests.map(({ url, headers }) => [
      url,
      ...['x-a', 'x-b', 'x-c'].map((name) => headers.get(name)),
    ])
    expect(seen).toEqual([
      ['http://a.test/?a=1&b=2&c=2', '1', '2', '2'],
      ['http://a.test/?a=3&b=1', undefined, '1', undefined],
      ['http://b.test/v2/x?a=1&b=1&d=1,2', '1', '1', undefined],
    ])
  })

  test('keeps what is secret, and adds to it', async () => {
    const transport = mockTransport({})
    const base = createClient('http://a.test', {
      transport,
      headers: { 'x-one': '1', 'x-two': '2' },
      secretHeaders: ['x-one'],
    })
    await base.extend({ secretHeaders: ['x-two'] }).get('http://b.test/')
    const [seen] = transport.requests
    expect([seen?.headers.get('x-one'), seen?.headers.get('x-two')]).toEqual([undefined, undefined])
  })

  test('of a client with TLS stays with https', async () => {
    const transport = mockTransport({})
    const seen: string[] = []
    const spy: Middleware = {
      name: 'spy',
      wrap: () => (request) => {
        seen.push(request.origin)
        return Promise.resolve(respond({}))
      },
    }
    const secure = createClient('a.test', { tls: {}, use: { attempt: [spy] } })
    await secure.get('/')
    await secure.extend({}).get('/')
    await secure.extend({ base: 'b.test' }).get('/')
    await createClient('a.test', { transport, use: { attempt: [spy] } })
      .extend({})
      .get('/')
    expect(seen).toEqual(['https://a.test', 'https://a.test', 'https://b.test', 'http://a.test'])
    await secure.close()
  })

  test.each<[ClientConfig['timeout'] & {}, string, number]>([
    [{ totalMs: 6_000 }, 'attempt', 1_000],
    [{ attemptMs: false, totalMs: 2_000 }, 'total', 2_000],
    [500, 'total', 500],
    [{ attemptMs: 700 }, 'attempt', 700],
  ])('merges the time limits %j', async (timeout, phase, limitMs) => {
    const clock = fakeClock()
    const transport = mockTransport(() => new Promise(() => undefined))
    const base = createClient('http://a.test', {
      clock,
      transport,
      retry: false,
      timeout: { totalMs: 5_000, attemptMs: 1_000 },
    })
    const failure = rejection(base.extend({ timeout }).get('/'))
    await clock.advance(limitMs)
    expect(await failure).toMatchObject({ phase, limitMs })
    await base.close()
  })

  test.each(['pool', 'tls', 'httpVersion', 'http2', 'proxy', 'guard', 'socketPath', 'limits', 'transport', 'clock'])(
    'refuses %s',
    (name) => {
      const api = createClient('http://a.test', { transport: mockTransport({}) })
      expect(() => api.extend({ [name]: {} } as object)).toThrow(expect.objectContaining({ code: 'config' }))
    },
  )

  test.each([
    ['timeout.connectMs', { timeout: { connectMs: 5 } }],
    ['timeout.totalMs', { timeout: { totalMs: -1 } }],
    ['timeout', { timeout: 'x' }],
    ['headers', { headers: 5 }],
    ['query', { query: 'a=1' }],
    ['queryStyle', { queryStyle: 'x' }],
    ['secretHeaders', { secretHeaders: 'x' }],
    ['use.call', { use: { call: {} } }],
    ['base', { base: 'ftp://x' }],
  ])('checks %s', (_name, extra) => {
    const api = createClient('http://a.test', { transport: mockTransport({}) })
    expect(() => api.extend(extra as object)).toThrow(expect.objectContaining({ code: 'config' }))
  })
})

test('without middlewares nobody knows further options; with one they are its own', async () => {
  const transport = mockTransport({})
  const options = { tenant: 'acme' } as object
  expect(await rejection(createClient('http://a.test', { transport }).get('/', options))).toMatchObject({
    code: 'config',
    option: 'options.tenant',
  })
  await createClient('http://a.test', { transport, use: { call: [adding('a')] } }).get('/', options)
  expect(transport.requests).toHaveLength(1)
})
