import { ballerinaFailover, ballerinaLoadBalance } from '@halyard/resilience/balance'
import { mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, TransportError } from '../../src/index.ts'

const one = 'http://a.test'
const two = ['http://a.test', 'http://b.test']

describe('wrong options of resilience are named as they were written', () => {
  test.each<[string, object]>([
    ["retry.attempt: expected one of attempts, .*; did you mean 'attempts'", { retry: { attempt: 3 } }],
    ['retry: expected an object, or false, got 3', { retry: 3 }],
    ['retry.attempts: expected an integer from 1 to 1000, got -1', { retry: { attempts: -1 } }],
    ['retry.budget: expected an object, or false, got 0.2', { retry: { budget: 0.2 } }],
    ["retry.budget.rate: expected .*; did you mean 'ratio'", { retry: { budget: { rate: 1 } } }],
    ['retry.retryAfter: expected true, false, or { maxMs }, got 5', { retry: { retryAfter: 5 } }],
    ['circuitBreaker: expected an object, or false, got true', { circuitBreaker: true }],
    ['bulkhead: expected an object, or false, got 10', { bulkhead: 10 }],
    ['bulkhead.maxConcurrent: expected an integer from 1 to 1000000, got undefined', { bulkhead: {} }],
    ['rateLimit: expected an object, or false, got true', { rateLimit: true }],
    ['^idempotencyHeader: expected the name of a header field, got "a b"', { idempotencyHeader: 'a b', retry: false }],
  ])('%s', (message, config) => {
    expect(() => createClient(one, config)).toThrow(new RegExp(message))
  })

  test.each<[string, object]>([
    ["balance.strategy: expected 'round-robin' or", { balance: { strategy: 'fastest' } }],
    ['^health.interval: expected one of path', { health: { interval: 5 } }],
    ['^health.interval: expected one of path', { balance: { health: { interval: 5 } } }],
    ['^outlier.ejectMs: expected milliseconds', { outlier: { ejectMs: -5 } }],
  ])('with one endpoint as with several: %s', (message, config) => {
    for (const base of [one, two]) expect(() => createClient(base, config)).toThrow(new RegExp(message))
  })
})

test.each([
  ['ballerinaLoadBalance', ballerinaLoadBalance()],
  ['ballerinaFailover', ballerinaFailover()],
])('a preset is the value of `balance`: %s, which ejects nobody', async (_name, balance) => {
  const refused = new TransportError('refused', { code: 'connect', reason: 'refused', sent: 'no', target: '' })
  const transport = mockTransport(() => Promise.reject(refused))
  await using api = createClient(two, { transport, retry: false, balance })
  for (let count = 0; count < 6; count += 1) await expect(api.get('/')).rejects.toMatchObject({ by: 'endpoints' })
  expect(api.endpoints()).toMatchObject([{ failures: 6 }, { failures: 6 }])
  expect(api.endpoints().map(({ ejectedUntil }) => ejectedUntil)).toEqual([undefined, undefined])
})
