import { ConfigError, respond } from '@halyard/core'
import { mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { rejection, thrown } from '../support/thrown.ts'
import { lab } from './kit-edges/lab.ts'

const endpoints = ['http://a.test', 'http://b.test']

/** The error of a wrong configuration, whatever its type. */
function refusal(config: unknown, base: string | readonly string[] = endpoints): ConfigError {
  const error = thrown(() => createClient(base, { transport: mockTransport({}), ...(config as object) }))
  if (error instanceof ConfigError) return error
  throw new Error(`not a ConfigError: ${String(error)}`)
}

/** `a.b` and 5 are `{ a: { b: 5 } }`, beside what the layer must have. */
function at(path: string, value: unknown): object {
  const [layer = '', ...inner] = path.split('.')
  const last = inner.reduceRight<unknown>((held, name) => ({ [name]: held }), value)
  const needed = required[layer]
  return { [layer]: inner.length > 0 && needed !== undefined ? { ...needed, ...(last as object) } : last }
}

const required: Readonly<Record<string, object>> = {
  bulkhead: { maxConcurrent: 5 },
  rateLimit: { permits: 5, perMs: 100 },
}

const layers = [5, 'x', null, [], true, () => 1, new Map()]
const objects = [5, 'x', null, [], true]
const counts = ['1', null, {}, true, Number.NaN, 0, -1, 1.5, Infinity]
const counts0 = ['1', null, {}, true, Number.NaN, -1, 1.5, Infinity]
const durations = ['5', null, {}, [], true, Number.NaN, 0, -1, Infinity, 2 ** 31]
const waits = ['5', null, {}, true, Number.NaN, -1, Infinity, 2 ** 31]
const shares = ['0.5', null, {}, true, Number.NaN, -0.1, 1.1]
const functions = [5, 'x', null, {}, true]
const statuses = [503, '503', null, {}, [5], ['503'], [503.5], [-1], [1_000]]
const texts = [5, null, {}, [], true]

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  retry: layers,
  'retry.attempts': counts,
  'retry.backoff': functions,
  'retry.statuses': statuses,
  'retry.errors': ['socket', [5], ['sockets'], null, {}, ['aborted'], ['config']],
  'retry.methods': ['GET', [5], ['a b'], null, {}],
  'retry.retryAfter': [5, 'x', null, []],
  'retry.retryAfter.maxMs': durations,
  'retry.when': functions,
  'retry.budget': objects,
  'retry.budget.ratio': ['0.2', null, -1, Number.NaN, Infinity, 1_001],
  'retry.budget.perSecond': ['1', null, -1, Number.NaN, Infinity],
  hedge: layers,
  'hedge.after': ['95', 'p0', 'p100', 'p', 'x', 5, null, true, []],
  'hedge.after.ms': durations,
  'hedge.max': [...counts, 11],
  'hedge.budget': objects,
  'hedge.budget.ratio': ['0.05', null, -1, Number.NaN, 11],
  circuitBreaker: layers,
  'circuitBreaker.failureRatio': ['0.5', null, 0, -1, 1.1, true, Number.NaN],
  'circuitBreaker.minimumRequests': counts,
  'circuitBreaker.window': [5, 'calls', null, {}, []],
  'circuitBreaker.window.calls': [...counts, 1_000_001],
  'circuitBreaker.windowMs': durations,
  'circuitBreaker.bucketMs': [...durations, 60_001, 59],
  'circuitBreaker.consecutiveFailures': counts,
  'circuitBreaker.slowCallMs': durations,
  'circuitBreaker.slowCallRatio': ['0.5', null, 0, -1, 1.1, Number.NaN],
  'circuitBreaker.resetMs': waits,
  'circuitBreaker.resetGrowth': ['2', null, 0.5, 101, Number.NaN],
  'circuitBreaker.halfOpenProbes': counts,
  'circuitBreaker.probeTimeoutMs': durations,
  'circuitBreaker.statuses': statuses,
  'circuitBreaker.classify': functions,
  'circuitBreaker.onStateChange': functions,
  bulkhead: layers,
  'bulkhead.maxConcurrent': counts,
  'bulkhead.maxQueued': counts0,
  'bulkhead.queueMs': durations,
  rateLimit: layers,
  'rateLimit.permits': counts,
  'rateLimit.perMs': durations,
  'rateLimit.queueMs': waits,
  'rateLimit.maxQueued': counts0,
  'rateLimit.algorithm': ['leaky-bucket', 5, null, {}],
  'rateLimit.retryAfter': [5, 'x', null, [], true],
  'rateLimit.retryAfter.maxMs': durations,
  adaptive: layers,
  'adaptive.initial': [...counts, 1_001],
  'adaptive.min': [...counts, 1_001],
  'adaptive.max': counts,
  'adaptive.algorithm': ['vegas', 5, null, {}],
  'adaptive.slowCallMs': durations,
  'adaptive.maxQueued': counts0,
  'adaptive.queueMs': durations,
  'adaptive.classify': functions,
  fallback: [5, 'x', null, {}, [], true],
  balance: objects,
  'balance.strategy': ['round', 5, null, {}],
  'balance.failover': [0, 1, 'true', null, {}],
  'balance.failoverStatuses': statuses,
  'balance.intervalMs': waits,
  'balance.exhausted': ['throw', 5, null],
  'balance.key': functions,
  'balance.zone': texts,
  'balance.panicRatio': shares,
  'balance.slowStartMs': waits,
  'balance.readyMs': durations,
  'balance.base': [5, null, {}, 'no url', 'ftp://a.test'],
  health: objects,
  'health.path': [...texts, 'healthz'],
  'health.intervalMs': durations,
  'health.timeoutMs': durations,
  'health.healthyAfter': counts,
  'health.unhealthyAfter': counts,
  'health.expect': functions,
  outlier: objects,
  'outlier.consecutiveFailures': counts,
  'outlier.ejectMs': durations,
  'outlier.maxEjectedRatio': shares,
  classify: functions,
  idempotencyHeader: [...texts, 'a b', ''],
}

/** Of a client that has one base, other than of several endpoints: options must not hide there. */
describe.each([
  ['of one base', 'http://a.test'],
  ['of endpoints', endpoints],
] as const)('a client %s', (_kind, base) => {
  test.each(Object.entries(wrong))('refuses nonsense for %s by name', (option, values) => {
    for (const value of values) {
      const error = refusal(at(option, value), base)
      expect([option, value, error.option]).toEqual([option, value, option])
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config', sent: 'no' })
      expect(error.message).toMatch(/^[\w.]+: expected .+, got .+/)
    }
  })

  test.each<[string, string]>([
    ['retrys', 'retry'],
    ['hedges', 'hedge'],
    ['circuitbreaker', 'circuitBreaker'],
    ['bulkHead', 'bulkhead'],
    ['ratelimit', 'rateLimit'],
    ['adaptiv', 'adaptive'],
    ['falback', 'fallback'],
    ['balancer', 'balance'],
    ['outliers', 'outlier'],
    ['idempotencyheader', 'idempotencyHeader'],
    ['retry.attemps', 'attempts'],
    ['retry.budget.persecond', 'perSecond'],
    ['retry.retryAfter.max', 'maxMs'],
    ['hedge.maks', 'max'],
    ['hedge.budget.ration', 'ratio'],
    ['circuitBreaker.failureRate', 'failureRatio'],
    ['circuitBreaker.resetMS', 'resetMs'],
    ['bulkhead.maxConcurent', 'maxConcurrent'],
    ['rateLimit.perms', 'perMs'],
    ['adaptive.initail', 'initial'],
    ['balance.stratgy', 'strategy'],
    ['balance.failOver', 'failover'],
    ['health.pth', 'path'],
    ['outlier.ejectMS', 'ejectMs'],
  ])('refuses the unknown key %s, and suggests %s', (option, suggested) => {
    const error = refusal(at(option, 5), base)
    expect(error.option).toBe(option)
    expect(error.message).toContain(`did you mean '${suggested}'?`)
  })

  test.each(['bulkhead', 'rateLimit'])('%s must say how much', (layer) => {
    expect(refusal({ [layer]: {} }, base).option).toMatch(/^(bulkhead\.maxConcurrent|rateLimit\.permits)$/)
  })

  test.each(['retry', 'hedge', 'circuitBreaker', 'bulkhead', 'rateLimit', 'adaptive', 'fallback', 'health', 'outlier'])(
    '%s: false turns it off, undefined leaves it as it is',
    async (layer) => {
      const transport = mockTransport({})
      const off = createClient(base, { transport, [layer]: false })
      const inherits = createClient(base, { transport, [layer]: undefined })
      expect(inherits.describe()).toEqual(createClient(base, { transport }).describe())
      const place = (name: string): string => (layer === 'retry' && name === 'retry' ? 'single-attempt' : name)
      expect(off.describe()).toEqual(inherits.describe().map(place))
      await Promise.all([off.close(), inherits.close()])
    },
  )

  test('a polluted prototype adds no layer', async () => {
    const config: object = Object.create({ circuitBreaker: {}, retry: { attempts: 'x' }, hedge: 5 })
    const api = createClient(base, Object.assign(config, { transport: mockTransport({}) }))
    expect(api.describe()).not.toContain('breaker')
    await api.close()
  })
})

describe('options of a call', () => {
  const config = { bulkhead: { maxConcurrent: 5 }, retry: { backoff: () => 0 } }

  test.each<[string, object, string]>([
    ['retry: true', { retry: true }, 'retry'],
    ['retry: 5', { retry: 5 }, 'retry'],
    ['retry: null', { retry: null }, 'retry'],
    ['retry.attempts: 0', { retry: { attempts: 0 } }, 'retry.attempts'],
    ['retry.backoff: 5', { retry: { backoff: 5 } }, 'retry.backoff'],
    ['retry.statuses', { retry: { statuses: [5] } }, 'retry.statuses'],
    ['retry.budget', { retry: { budget: false } }, 'retry.budget'],
    ['retry.unknown', { retry: { attemps: 5 } }, 'retry.attemps'],
    ['idempotencyKey: false', { idempotencyKey: false }, 'idempotencyKey'],
    ['idempotencyKey: ""', { idempotencyKey: '' }, 'idempotencyKey'],
    ['idempotencyKey: 5', { idempotencyKey: 5 }, 'idempotencyKey'],
    ['idempotencyKey with a line', { idempotencyKey: 'a\r\nb: c' }, 'headers["idempotency-key"]'],
    ['priority: 1', { priority: 1 }, 'priority'],
    ['priority: urgent', { priority: 'urgent' }, 'priority'],
    ['priority: null', { priority: null }, 'priority'],
  ])('%s is refused before anything is sent', async (_name, options, option) => {
    await using set = lab({}, config)
    expect(await set.soon(rejection(set.api.get('/', options)))).toMatchObject({ code: 'config', option, sent: 'no' })
    expect(set.transport.requests).toEqual([])
  })

  test('priority is refused by a client without limits, too', async () => {
    await using set = lab({}, { retry: false })
    const options: object = { priority: 'urgent' }
    expect(await rejection(set.api.get('/', options))).toMatchObject({ code: 'config', option: 'priority', sent: 'no' })
    expect(set.transport.requests).toEqual([])
  })

  test('retry: false is one attempt', async () => {
    await using set = lab({ status: 503 }, config)
    expect((await set.soon(set.api.get('/', { retry: false }))).status).toBe(503)
    expect(set.transport.requests).toHaveLength(1)
  })

  test('retry: what is given replaces the client’s, the rest stands', async () => {
    await using set = lab({ status: 418 }, config)
    expect((await set.soon(set.api.get('/', { retry: { attempts: 5, statuses: [418] } }))).status).toBe(418)
    expect(set.transport.requests).toHaveLength(5)
    await set.soon(set.api.get('/', { retry: { statuses: [418] } }))
    expect(set.transport.requests).toHaveLength(8)
    await set.soon(set.api.get('/', { retry: undefined }))
    expect(set.transport.requests).toHaveLength(9)
  })

  test('a POST is not repeated without a key; with one it is, and the key is the same each time', async () => {
    await using set = lab({ status: 503 }, config)
    await set.soon(set.api.post('/', 'x'))
    expect(set.transport.requests).toHaveLength(1)
    await set.soon(set.api.post('/', 'x', { idempotencyKey: 'k' }))
    await set.soon(set.api.post('/', 'x', { idempotencyKey: true }))
    await set.soon(set.api.post('/', 'x', { idempotencyKey: true }))
    const keys = set.transport.requests.map(({ headers }) => headers.get('idempotency-key'))
    const [, first, second, third, made, again, last, other] = keys
    expect([first, second, third]).toEqual(['k', 'k', 'k'])
    expect(made).toMatch(/.{16,}/)
    expect([again, last]).toEqual([made, made])
    expect(other).not.toBe(made)
    expect(keys).toHaveLength(10)
  })

  test('the field of the key is the client’s choice, and a key set by hand there counts', async () => {
    await using set = lab({ status: 503 }, { ...config, idempotencyHeader: 'X-Request-Key' })
    await set.soon(set.api.post('/', 'x', { idempotencyKey: 'k' }))
    await set.soon(set.api.post('/', 'x', { headers: { 'x-request-key': 'mine' } }))
    expect(set.transport.requests.map(({ headers }) => headers.get('x-request-key'))).toEqual([
      'k',
      'k',
      'k',
      'mine',
      'mine',
      'mine',
    ])
  })

  test('priority: who waits is served by it, and the lowest has to go', async () => {
    const order: string[] = []
    const held: (() => void)[] = []
    await using set = lab(
      ({ path }) => {
        order.push(path)
        return new Promise((resolve) => held.push(() => resolve(respond({}))))
      },
      { bulkhead: { maxConcurrent: 1, maxQueued: 3 }, retry: false },
    )
    const priorities = {
      '/first': 'normal',
      '/low': 'low',
      '/normal': 'normal',
      '/high': 'high',
      '/late': 'high',
    } as const
    const calls = Object.entries(priorities).map(([path, priority]) => set.api.get(path, { priority }).text())
    const outcomes = Promise.allSettled(calls)
    for (let round = 0; round < 5; round += 1) {
      await set.clock.advance(1)
      held.shift()?.()
    }
    const [, low] = await set.soon(outcomes)
    expect(order).toEqual(['/first', '/high', '/late', '/normal'])
    expect(low).toMatchObject({ status: 'rejected', reason: { code: 'rejected', by: 'bulkhead', sent: 'no' } })
  })
})
