import { CallContext, ClientRuntime } from '@halyard/core'
import { checkMiddleware, fakeClock, fakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { adaptiveLimit, bulkhead, rateLimit, type Priority } from '../../src/limit/index.ts'
import { broken, Scripted } from './kit/scripted.ts'

const origin = 'http://a.test'

test('keeps the contract', async () => {
  await expect(checkMiddleware(() => rateLimit({ permits: 1000, perMs: 1000 }))).resolves.toBeUndefined()
  const waits = { permits: 3, perMs: 10, queueMs: 60_000, algorithm: 'sliding-window' } as const
  await expect(checkMiddleware(() => rateLimit(waits))).resolves.toBeUndefined()
})

test('refuses what is too much, and says when there will be more', async () => {
  await using chain = new Scripted(rateLimit({ permits: 2, perMs: 1000 }), ['limit'])
  for (const status of [200, 503]) expect((await chain.whole({ status })).status).toBe(status)
  expect((await chain.whole({})).error).toMatchObject({
    by: 'rate',
    sent: 'no',
    message: `GET ${origin}/things: no permit for 500 ms (rate limit: 2 in 1000 ms)`,
  })
  expect(chain.events).toEqual([
    { name: 'limit', event: { type: 'rejected', limit: 'rate', origin, reason: 'too-long' } },
  ])
  expect((await chain.whole({}, 'http://b.test')).status).toBe(200)
  await chain.runtime.clock.advance(500)
  expect((await chain.whole({})).status).toBe(200)
})

test.each(['token-bucket', 'sliding-window'] as const)(
  '%s: whoever waits is sent as permits come',
  async (algorithm) => {
    await using chain = new Scripted(rateLimit({ permits: 2, perMs: 100, queueMs: 1000, algorithm }))
    const { clock } = chain.runtime
    for (let one = 0; one < 6; one += 1) chain.start()
    await chain.settle()
    const sent = [chain.sent.length]
    for (let one = 0; one < 4; one += 1) {
      await clock.advance(50)
      sent.push(chain.sent.length)
    }
    expect(sent).toEqual(algorithm === 'token-bucket' ? [2, 3, 4, 5, 6] : [2, 2, 4, 4, 6])
  },
)

test('by priority, then by arrival, the lowest shed first', async () => {
  await using chain = new Scripted(rateLimit({ permits: 1, perMs: 100, queueMs: 10_000, maxQueued: 3 }))
  chain.start()
  const calls = (['low', 'low', 'normal', 'high'] satisfies Priority[]).map((priority) =>
    chain.start({ options: { priority } }),
  )
  const late = chain.start({ options: { priority: 'low' } })
  await chain.settle()
  expect(calls[1]?.error).toMatchObject({ by: 'rate', message: expect.stringContaining('made room') })
  expect(late.error).toMatchObject({ by: 'rate', message: expect.stringContaining('too many calls wait') })
  await chain.runtime.clock.advance(300)
  expect(chain.sent.slice(1).map(({ call }) => calls.findIndex((one) => one.call === call))).toEqual([3, 2, 0])
})

test('no wait begins that would be too long, or end after the deadline', async () => {
  await using chain = new Scripted(rateLimit({ permits: 1, perMs: 100, queueMs: 250 }))
  const call = new CallContext()
  call.deadlineAt = 100
  chain.start()
  const hurried = chain.start({ call })
  const waits = [chain.start(), chain.start()]
  const tooLate = chain.start()
  await chain.settle()
  expect(hurried.error).toMatchObject({
    by: 'rate',
    message: expect.stringContaining('no permit for 100 ms, and the deadline'),
  })
  expect(tooLate.error).toMatchObject({ by: 'rate', message: expect.stringContaining('no permit for 300 ms (') })
  expect(waits.map(({ outcome }) => outcome)).toEqual([undefined, undefined])
})

test('one that is overtaken leaves when its time is over', async () => {
  await using chain = new Scripted(rateLimit({ permits: 1, perMs: 100, queueMs: 150 }))
  chain.start()
  const low = chain.start({ options: { priority: 'low' } })
  chain.start({ options: { priority: 'high' } })
  await chain.runtime.clock.advance(152)
  expect(low.error).toMatchObject({ by: 'rate', message: expect.stringContaining('no permit within 150 ms') })
  expect(chain.sent).toHaveLength(2)
})

test('a cancelled call leaves at once; the last one stops the timer', async () => {
  await using chain = new Scripted(rateLimit({ permits: 1, perMs: 1000, queueMs: 1000 }))
  chain.start()
  const waits = chain.start()
  waits.call.cancel(new Error('no longer'))
  await chain.settle()
  expect(waits.error).toMatchObject({ code: 'aborted', sent: 'no' })
  // The watchdog's sweep is all that is left: it belongs to the client, and finds nobody.
  expect(chain.runtime.clock.pending).toBe(1)
  await chain.runtime.clock.advance(1000)
  expect([chain.sent.length, chain.runtime.clock.pending]).toEqual([1, 0])
})

describe('a 429', () => {
  const cases: readonly (readonly [string, Record<string, string>, number])[] = [
    ['in seconds', { 'retry-after': '3' }, 3000],
    ['as a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:02 GMT' }, 2000],
    ['by RateLimit', { ratelimit: '"default";r=0;t=4' }, 4000],
    ["without a word: one permit's time", {}, 10],
    ['that asks for years: no longer than a minute', { 'retry-after': '1000000000' }, 60_000],
  ]
  test.each(cases)('%s', async (_name, headers, ms) => {
    await using chain = new Scripted(rateLimit({ permits: 100, perMs: 1000, queueMs: 120_000 }), ['limit'])
    await chain.whole({ status: 429, headers })
    expect(chain.events).toEqual([{ name: 'limit', event: { type: 'paused', limit: 'rate', origin, ms } }])
    chain.start()
    chain.start()
    await chain.runtime.clock.advance(ms - 1)
    expect(chain.sent).toHaveLength(1)
    await chain.runtime.clock.advance(1)
    expect(chain.sent).toHaveLength(2)
    await chain.runtime.clock.advance(10)
    expect(chain.sent).toHaveLength(3)
  })

  test('holds up those who wait already', async () => {
    await using chain = new Scripted(rateLimit({ permits: 1, perMs: 100, queueMs: 5000 }))
    chain.start()
    chain.start()
    await chain.settle()
    await chain.sent[0]?.answer({ status: 429, headers: { 'retry-after': '2' } }).body.discard()
    await chain.runtime.clock.advance(1999)
    expect(chain.sent).toHaveLength(1)
    await chain.runtime.clock.advance(1)
    expect(chain.sent).toHaveLength(2)
  })

  test('can be left alone', async () => {
    await using chain = new Scripted(rateLimit({ permits: 5, perMs: 1000, retryAfter: false }))
    await chain.whole({ status: 429, headers: { 'retry-after': '3' } })
    expect((await chain.whole({})).status).toBe(200)
  })
})

test('adaptive: permits follow the outcomes; whoever waits is let in as they grow', async () => {
  await using chain = new Scripted(adaptiveLimit({ initial: 10, min: 2, algorithm: 'aimd', maxQueued: 50 }), ['limit'])
  for (let one = 0; one < 12; one += 1) chain.start()
  expect(chain.sent).toHaveLength(10)
  await chain.runtime.clock.advance(20)
  for (const one of chain.sent.slice(0, 3)) one.fail(broken())
  await chain.settle()
  // A tenth less, once: 7 are in flight, and 9 may be.
  expect(chain.events.at(-1)?.event).toEqual({ type: 'changed', limit: 'adaptive', origin, from: 10, to: 9 })
  expect(chain.sent).toHaveLength(12)
  for (let one = 0; one < 10; one += 1) chain.start()
  for (const one of chain.sent.slice(3)) void one.answer().body.discard()
  await chain.settle()
  for (const one of chain.sent.slice(12)) void one.answer().body.discard()
  await chain.settle()
  expect(chain.events.at(-1)?.event).toMatchObject({ from: 9, to: 10 })
})

test.each([{ status: 404 }, { status: 501 }, new TypeError('mine')])(
  'adaptive: %s teaches nothing',
  async (outcome) => {
    await using chain = new Scripted(adaptiveLimit({ initial: 1, algorithm: 'aimd' }), ['limit'])
    for (let one = 0; one < 30; one += 1) await chain.whole(outcome)
    expect(chain.events).toEqual([])
  },
)

test("adaptive: a judge of one's own; one that throws loses no permit and no body", async () => {
  await using chain = new Scripted(
    adaptiveLimit({
      initial: 4,
      min: 4,
      classify: () => {
        throw new TypeError('judge')
      },
    }),
  )
  for (let one = 0; one < 10; one += 1) {
    expect((await chain.whole({ body: 'x' })).error).toEqual(new TypeError('judge'))
    expect((await chain.whole(broken())).error).toEqual(new TypeError('judge'))
  }
})

test('the limits of a client share a gauge', async () => {
  const host = new ClientRuntime(fakeClock())
  const runtime = {
    ...fakeRuntime(),
    events: host.events,
    gauge: (name: string, read: () => unknown) => host.gauge(name, read),
  }
  const inner = new Scripted(bulkhead({ maxConcurrent: 3 }), [], runtime)
  const adaptive = new Scripted({ name: 'a', wrap: () => adaptiveLimit().wrap(inner.handler, runtime) }, [], runtime)
  await using chain = new Scripted(
    { name: 'r', wrap: () => rateLimit({ permits: 2, perMs: 1000 }).wrap(adaptive.handler, runtime) },
    [],
    runtime,
  )
  for (let one = 0; one < 3; one += 1) chain.start()
  await chain.settle()
  expect(host.stats()).toEqual({
    limits: {
      bulkhead: { [origin]: { permits: 3, held: 2, queued: 0, rejected: 0 } },
      adaptive: { [origin]: { permits: 20, held: 2, queued: 0, rejected: 0 } },
      rate: { [origin]: { queued: 0, waitMs: 500, rejected: 1 } },
    },
  })
})

const wrong: readonly (readonly [unknown, string])[] = [
  [{ perMs: 1 }, 'rateLimit.permits: expected an integer'],
  [{ permits: 1 }, 'rateLimit.perMs: expected milliseconds'],
  [{ permits: 100_001, perMs: 1, algorithm: 'sliding-window' }, 'rateLimit.permits: expected at most 100000'],
  [{ permits: 1, perMs: 1, algorithm: 'leaky' }, "rateLimit.algorithm: expected 'token-bucket' or 'sliding-window'"],
  [{ permits: 1, perMs: 1, retryAfter: { maxMs: 0 } }, 'rateLimit.retryAfter.maxMs'],
]
test.each(wrong)('refuses %j', (options, message) => {
  expect(() => Reflect.apply(rateLimit, undefined, [options])).toThrow(message)
})

test.each([
  [{ min: 3, max: 2 }, 'adaptive.min: expected at most max (2)'],
  [{ initial: 5, max: 4 }, 'adaptive.initial: expected from min (1) to max (4)'],
])('adaptive refuses %j', (options, message) => {
  expect(() => adaptiveLimit(options)).toThrow(message)
})
