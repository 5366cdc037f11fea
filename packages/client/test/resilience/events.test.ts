import { respond, type HttpRequest, type Middleware } from '@halyard/core'
import type { BreakerSnapshot } from '@halyard/resilience/breaker'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import { rejection, thrown, turn } from '../support/thrown.ts'
import { atOnce, fate, lab, never, type Lab, type LabConfig } from './kit-edges/lab.ts'

const origin = 'http://a.test'
const names = ['retry', 'hedge', 'balance', 'breaker', 'limit', 'fallback'] as const

/** Notes all that a client tells, in order. */
function listen(api: HttpClient): (readonly [string, object])[] {
  const told: (readonly [string, object])[] = []
  for (const name of names) api.on(name, (event) => void told.push([name, event]))
  return told
}

/** Requests with secrets everywhere. */
const secret = {
  headers: { authorization: 'Bearer top-secret', cookie: 'a=top-secret', 'x-mine': 'top-secret' },
  query: { token: 'top-secret' },
} as const

describe('events', () => {
  test('retry: another attempt follows, and then none does', async () => {
    await using set = lab({ status: 503 }, { retry: { backoff: () => 40, attempts: 2 } })
    const told = listen(set.api)
    const outcome = fate(set.api.get('/x', secret))
    await set.clock.advance(40)
    expect(await outcome).toBe('503')
    const facts = { target: `GET ${origin}/x`, kind: 'status', status: 503, error: undefined }
    expect(told).toEqual([
      ['retry', { type: 'retry', ...facts, attempt: 0, waitMs: 40, refusal: undefined }],
      ['retry', { type: 'stop', ...facts, attempt: 1, waitMs: undefined, refusal: 'attempts' }],
    ])
  })

  test.each<[string, LabConfig, (api: HttpClient) => PromiseLike<{ status: number; discard(): Promise<void> }>]>([
    ['attempts', { retry: { ...atOnce, attempts: 1 } }, (api) => api.get('/')],
    ['method', { retry: atOnce }, (api) => api.post('/', 'x')],
    ['body', { retry: atOnce }, (api) => api.put('/', new ReadableStream({ start: (stream) => stream.close() }))],
    ['wait', { retry: { backoff: () => 5_000 }, timeout: 1_000 }, (api) => api.get('/')],
    ['budget', { retry: { ...atOnce, budget: { ratio: 0, perSecond: 0 } } }, (api) => api.get('/')],
  ])('retry: the refusal is %s', async (refusal, config, send) => {
    await using set = lab({ status: 503 }, config)
    const told = listen(set.api)
    expect(await set.soon(fate(send(set.api)))).toBe('503')
    expect(told).toEqual([['retry', expect.objectContaining({ type: 'stop', refusal })]])
  })

  test('hedge: sent, and settled', async () => {
    await using set = lab(
      (_request, call) => (call.attempt === 0 && set.transport.requests.length > 1 ? respond({}) : never()),
      {
        hedge: { after: { ms: 30 } },
      },
    )
    const told = listen(set.api)
    const outcome = fate(set.api.get('/x', secret))
    await set.clock.advance(30)
    expect(await outcome).toBe('200')
    const target = `GET ${origin}/x`
    expect(told).toEqual([
      ['hedge', { type: 'sent', target, number: 1, afterMs: 30 }],
      ['hedge', { type: 'settled', target, winner: 1, afterMs: 30 }],
    ])
  })

  test('balance: a failover, an ejection and a return', async () => {
    let down = true
    const answer = ({ origin: asked }: HttpRequest) => respond({ status: asked === origin && down ? 503 : 200 })
    await using set = lab(
      answer,
      {
        balance: { strategy: 'round-robin', failoverStatuses: [503] },
        outlier: { consecutiveFailures: 2, ejectMs: 500 },
      },
      [origin, 'http://b.test'],
    )
    const told = listen(set.api)
    for (let call = 0; call < 4; call += 1) expect(await set.soon(fate(set.api.get('/x', secret)))).toBe('200')
    down = false
    await set.clock.advance(500)
    for (let call = 0; call < 2; call += 1) expect(await set.soon(fate(set.api.get('/x', secret)))).toBe('200')
    const failover = {
      type: 'failover',
      target: `GET ${origin}/x`,
      from: origin,
      to: 'http://b.test',
      status: 503,
      error: undefined,
    }
    expect(told.filter(([, event]) => 'type' in event && event.type === 'failover')).toEqual([
      ['balance', failover],
      ['balance', failover],
    ])
    expect(told).toContainEqual(['balance', { type: 'ejected', endpoint: origin }])
    expect(told).toContainEqual(['balance', { type: 'returned', endpoint: origin }])
  })

  test('breaker: each change of a circuit, and each refusal', async () => {
    let down = true
    await using set = lab(() => respond({ status: down ? 503 : 200 }), {
      retry: false,
      circuitBreaker: { minimumRequests: 2, resetMs: 100 },
    })
    const told = listen(set.api)
    for (let call = 0; call < 3; call += 1) await fate(set.api.get('/x', secret))
    down = false
    await set.clock.advance(100)
    expect(await fate(set.api.get('/x', secret))).toBe('200')
    expect(told).toEqual([
      ['breaker', { type: 'state', origin, from: 'closed', to: 'open' }],
      ['breaker', { type: 'rejected', origin, state: 'open', retryAfterMs: 100 }],
      ['breaker', { type: 'state', origin, from: 'open', to: 'half-open' }],
      ['breaker', { type: 'state', origin, from: 'half-open', to: 'closed' }],
    ])
  })

  test('limit: queued, refused for each reason, paused and changed', async () => {
    await using set = lab(
      { status: 429, headers: { 'retry-after': '2' } },
      {
        retry: false,
        rateLimit: { permits: 5, perMs: 1_000 },
        adaptive: { initial: 4, algorithm: 'aimd' },
        bulkhead: { maxConcurrent: 1, maxQueued: 1 },
      },
    )
    const told = listen(set.api)
    const calls = ['low', 'high', 'normal'].map((priority) =>
      fate(set.api.get('/x', { ...secret, priority: priority === 'low' || priority === 'high' ? priority : 'normal' })),
    )
    await set.soon(Promise.all(calls))
    expect(await fate(set.api.get('/x', secret))).toBe('rejected by rate')
    const facts = { limit: 'bulkhead', origin }
    expect(told).toContainEqual(['limit', { type: 'queued', ...facts, queued: 1 }])
    expect(told).toContainEqual(['limit', { type: 'rejected', ...facts, reason: 'full' }])
    expect(told).toContainEqual(['limit', { type: 'rejected', limit: 'rate', origin, reason: 'too-long' }])
    expect(told).toContainEqual(['limit', { type: 'paused', limit: 'rate', origin, ms: 2_000 }])
    expect(told).toContainEqual([
      'limit',
      { type: 'changed', limit: 'adaptive', origin, from: 4, to: expect.any(Number) },
    ])
  })

  test('limit: shed for a higher priority', async () => {
    await using set = lab(never, { retry: false, timeout: 100, bulkhead: { maxConcurrent: 1, maxQueued: 1 } })
    const told = listen(set.api)
    const calls = (['normal', 'low', 'high'] as const).map((priority) => fate(set.api.get('/', { priority })))
    await set.clock.advance(100)
    expect(await Promise.all(calls)).toEqual(['timeout total', 'rejected by bulkhead', 'timeout total'])
    expect(told).toContainEqual(['limit', { type: 'rejected', limit: 'bulkhead', origin, reason: 'shed' }])
  })

  test('fallback: replaced, stood, failed', async () => {
    const broken = new Error('mine')
    const answers = [
      () => respond({}),
      () => undefined,
      () => {
        throw broken
      },
    ]
    let at = -1
    await using set = lab({ status: 503 }, { retry: false, fallback: () => answers[(at += 1)]?.() })
    const told = listen(set.api)
    for (let call = 0; call < 3; call += 1) await set.soon(fate(set.api.get('/x', secret)))
    const facts = { target: `GET ${origin}/x`, kind: 'status', status: 503, error: undefined }
    expect(told).toEqual([
      ['fallback', { type: 'replaced', ...facts, thrown: undefined }],
      ['fallback', { type: 'stood', ...facts, thrown: undefined }],
      ['fallback', { type: 'failed', ...facts, thrown: broken }],
    ])
  })

  test('nothing secret is in any of them, nor in the errors that they carry', async () => {
    const everything: LabConfig = {
      headers: secret.headers,
      retry: { ...atOnce, attempts: 4 },
      hedge: { after: { ms: 10 }, budget: { ratio: 10 } },
      balance: { failoverStatuses: [503] },
      circuitBreaker: { consecutiveFailures: 9, resetMs: 100 },
      bulkhead: { maxConcurrent: 2, maxQueued: 1 },
      rateLimit: { permits: 100, perMs: 1_000 },
      adaptive: {},
      timeout: { totalMs: 2_000, attemptMs: 50 },
      fallback: () => undefined,
    }
    await using set = lab(
      ({ path }) => (path.startsWith('/hang') ? never() : respond({ status: 503, body: 'top-secret' })),
      everything,
      [origin, { url: 'http://b.test', headers: { 'x-endpoint': 'top-secret' } }],
    )
    const told = listen(set.api)
    const paths = ['/hang', '/x', '/x', '/hang', '/x', '/x']
    const calls = Promise.all(
      paths.map((path) => fate(set.api.post(path, 'top-secret', { ...secret, idempotencyKey: 'top-secret' }))),
    )
    await set.clock.advance(3_000)
    await calls
    expect(new Set(told.map(([name]) => name))).toEqual(new Set(names))
    expect(inspect(told, { depth: 20, showHidden: false })).not.toContain('top-secret')
    expect(JSON.stringify(told)).not.toContain('top-secret')
    for (const [, event] of told) expect(Object.keys(event)).toContain('type')
  })

  test('what `on` returns removes that listener and no other; again does nothing', async () => {
    await using set = lab({ status: 503 }, { retry: false, fallback: () => undefined })
    const seen: string[] = []
    const offs = ['a', 'b', 'a'].map((name) => set.api.on('fallback', () => void seen.push(name)))
    await fate(set.api.get('/'))
    offs[0]?.()
    offs[0]?.()
    await fate(set.api.get('/'))
    for (const off of offs) off()
    await fate(set.api.get('/'))
    expect(seen).toEqual(['a', 'b', 'a', 'b', 'a'])
  })

  test('one listener twice is told twice, and each is removed by its own', async () => {
    await using set = lab({ status: 503 }, { retry: false, fallback: () => undefined })
    let count = 0
    const listener = (): void => void (count += 1)
    const [first, second] = [set.api.on('fallback', listener), set.api.on('fallback', listener)]
    await fate(set.api.get('/'))
    first()
    await fate(set.api.get('/'))
    second()
    await fate(set.api.get('/'))
    expect(count).toBe(3)
  })

  test('an unknown name is refused, and told which there are', async () => {
    await using set = lab({})
    // @ts-expect-error -- it is none
    const wrong = thrown(() => set.api.on('retries', () => undefined))
    expect(wrong).toMatchObject({ code: 'config', option: 'event' })
  })

  test('nothing is made when nobody listens', async () => {
    // What an event needs of a request is its target: nobody asks for it.
    let asked = 0
    const spy: Middleware = {
      name: 'spy',
      wrap: (next) => (request, call) => {
        const { origin: own } = request
        Object.defineProperty(request, 'origin', {
          get: () => {
            if (new Error('here').stack?.includes('describeTarget') === true) asked += 1
            return own
          },
        })
        return next(request, call)
      },
    }
    const retried = { ...atOnce, attempts: 3 }
    await using set = lab({ status: 503 }, { retry: retried, fallback: () => undefined, use: { call: [spy] } })
    expect(await set.soon(fate(set.api.get('/')))).toBe('503')
    // By the failures that an error of the call would carry, not by events.
    expect(asked).toBe(2)
    const off = set.api.on('retry', () => undefined)
    await set.soon(fate(set.api.get('/')))
    expect(asked).toBe(2 + 2 + 3)
    off()
    await set.soon(fate(set.api.get('/')))
    expect(asked).toBe(2 + 2 + 3 + 2)
  })
})

describe('what a client shows', () => {
  const config: LabConfig = {
    retry: { ...atOnce, budget: { ratio: 0, perSecond: 1 } },
    hedge: {},
    circuitBreaker: { minimumRequests: 2 },
    bulkhead: { maxConcurrent: 7 },
    rateLimit: { permits: 50, perMs: 1_000 },
    adaptive: { initial: 9 },
    outlier: false,
  }
  const both = [origin, 'http://b.test']

  /** Two calls, of which one was answered by a server that is busy. */
  async function used(set: Lab): Promise<void> {
    for (let call = 0; call < 2; call += 1) await set.soon(fate(set.api.get('/', { retry: { attempts: 2 } })))
  }

  test('stats: budgets, breakers, limits, endpoints, hedges', async () => {
    await using set = lab(
      ({ origin: asked }) => respond({ status: asked === origin ? 503 : 200, body: 'x' }),
      config,
      both,
    )
    expect(Object.keys(set.api.stats())).toEqual(
      expect.arrayContaining(['retry', 'hedge', 'endpoints', 'breaker', 'limits']),
    )
    await used(set)
    const stats = set.api.stats()
    expect(stats['retry']).toEqual({ [origin]: expect.any(Number) })
    expect(stats['hedge']).toMatchObject({ sent: 0, won: 0, calls: expect.any(Number), budget: expect.any(Number) })
    expect(stats['breaker']).toMatchObject({ 'http://b.test': { state: 'closed', failures: 0, slow: 0, rejected: 0 } })
    expect(stats['limits']).toMatchObject({
      bulkhead: { 'http://b.test': { permits: 7, held: 0, queued: 0, rejected: 0 } },
      rate: { 'http://b.test': { queued: 0, waitMs: 0, rejected: 0 } },
      adaptive: { 'http://b.test': { held: 0, queued: 0, rejected: 0 } },
    })
    expect(stats['endpoints']).toEqual(set.api.endpoints())
    // Plain data: it can be logged.
    expect(() => JSON.stringify(stats)).not.toThrow()
  })

  test('endpoints: known before anything was sent; copies', async () => {
    await using set = lab({}, {}, [origin, { url: 'http://b.test/v1', weight: 3, zone: 'z' }])
    expect(set.api.endpoints()).toMatchObject([
      { url: origin, weight: 1, position: 0, pending: 0, healthy: true, ewmaMs: undefined },
      { url: 'http://b.test/v1', weight: 3, zone: 'z', position: 1 },
    ])
    expect(set.api.endpoints()[0]).not.toBe(set.api.endpoints()[0])
    const held = set.api.get('/')
    const response = await held
    await response.discard()
    await using single = lab({})
    expect(single.api.endpoints()).toEqual([])
  })

  test('breaker: state, open, close, of one origin and of all', async () => {
    await using set = lab({}, { circuitBreaker: { resetMs: 1_000 } }, both)
    const { breaker } = set.api
    expect([breaker.state(), breaker.state(origin), breaker.state('http://never.test')]).toEqual([
      'closed',
      'closed',
      'closed',
    ])
    breaker.open(origin)
    expect([breaker.state(), breaker.state(origin), breaker.state('http://b.test')]).toEqual(['open', 'open', 'closed'])
    breaker.close(origin)
    expect(breaker.state()).toBe('closed')
    breaker.open()
    expect(await set.soon(fate(set.api.get('/')))).toBe('rejected by endpoints')
    await set.clock.advance(1_000)
    expect(breaker.state(origin)).toBe('half-open')
    breaker.close()
    expect(await set.soon(fate(set.api.get('/')))).toBe('200')
  })

  test('breaker: what was exported is imported by another client, and the time goes on', async () => {
    await using first = lab({ status: 503 }, { retry: false, circuitBreaker: { minimumRequests: 2, resetMs: 1_000 } })
    await fate(first.api.get('/'))
    await fate(first.api.get('/'))
    await first.clock.advance(400)
    const state: unknown = JSON.parse(JSON.stringify(first.api.breaker.export()))
    expect(state).toMatchObject({ [origin]: { state: 'open', leftMs: 600 } })
    await using second = lab({}, { retry: false, circuitBreaker: { resetMs: 1_000 } })
    await second.clock.advance(400)
    second.api.breaker.import(first.api.breaker.export())
    expect(await fate(second.api.get('/'))).toBe('rejected by breaker')
    await second.clock.advance(600)
    expect(await fate(second.api.get('/'))).toBe('200')
    for (const text of ['null', '5', '[]', '{"a":{"state":"ajar"}}', '{"a":{"leftMs":-1}}']) {
      const wrong: BreakerSnapshot = JSON.parse(text)
      expect(thrown(() => second.api.breaker.import(wrong))).toMatchObject({ code: 'config' })
    }
  })

  test('breaker: a client without one says so', async () => {
    await using set = lab({})
    expect(thrown(() => set.api.breaker)).toMatchObject({ code: 'config', option: 'circuitBreaker' })
  })
})

describe('extend shares', () => {
  test('breaker, budgets, limits, endpoints, events and gauges', async () => {
    await using set = lab(
      ({ path }) => (path.startsWith('/hang') ? never() : respond({ status: 503 })),
      {
        retry: { ...atOnce, attempts: 2, budget: { ratio: 0, perSecond: 1 } },
        circuitBreaker: { minimumRequests: 1_000 },
        bulkhead: { maxConcurrent: 1 },
        timeout: 100,
      },
      [origin],
    )
    const told = listen(set.api)
    const more: HttpClient = set.api.extend({ headers: { 'x-more': '1' } })
    expect(more.describe()).toEqual(set.api.describe())
    expect(more.breaker).toBe(set.api.breaker)
    await set.soon(fate(more.get('/')))
    await set.soon(fate(set.api.get('/')))
    expect(told.map(([name]) => name)).toEqual(['retry', 'retry', 'retry', 'retry'])
    expect(more.stats()).toEqual(set.api.stats())
    expect(set.api.stats()['retry']).toEqual({ [origin]: 8 })
    expect(more.endpoints()).toEqual(set.api.endpoints())
    expect(more.endpoints()[0]?.failures).toBeGreaterThan(0)
    const hung = fate(more.get('/hang'))
    await turn()
    expect(await rejection(set.api.get('/'))).toMatchObject({ by: 'bulkhead' })
    await set.clock.advance(100)
    expect(await hung).toBe('timeout total')
    more.breaker.open(origin)
    expect(await set.soon(fate(set.api.get('/')))).toBe('rejected by breaker')
    const seen: string[] = []
    const off = more.on('breaker', ({ type }) => void seen.push(type))
    await set.soon(fate(set.api.get('/')))
    expect(seen).toEqual(['rejected'])
    off()
  })

  test('and not with other clients', async () => {
    await using one = lab({ status: 503 }, { retry: false, circuitBreaker: { minimumRequests: 1 } })
    await using other = lab({}, { retry: false, circuitBreaker: { minimumRequests: 1 } })
    await fate(one.api.get('/'))
    expect([one.api.breaker.state(origin), other.api.breaker.state(origin)]).toEqual(['open', 'closed'])
    expect(await fate(other.api.get('/'))).toBe('200')
    const same = createClient(origin, { transport: one.transport, circuitBreaker: {} })
    expect(same.breaker.state(origin)).toBe('closed')
    await same.close()
  })
})
