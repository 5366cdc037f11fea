import type { RetryEvent } from '@halyard/resilience/retry'
import { fakeClock, leakCheck, type FakeClock, type RawServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type ClientConfig, type HttpClient } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'
import { answer, answerServer } from './kit/answers.ts'
import { settle, until } from './kit/until.ts'

interface Stage {
  readonly clock: FakeClock
  readonly api: HttpClient
  readonly server: RawServer
  /** When each request came. */
  readonly at: readonly number[]
  readonly events: readonly RetryEvent[]
  /** Lets time pass when the client is about to wait: not a millisecond too few, and no more than it says. */
  readonly passWaits: (count: number) => Promise<void>
}

/** Half of a backoff's longest wait, always: 50 ms, then 100. */
async function onStage(
  answers: readonly (string | undefined)[],
  config: ClientConfig,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using leaks = leakCheck({ withinMs: 2_000 })
  const clock = fakeClock()
  clock.random = () => 0.5
  const { server, at } = await answerServer(clock, answers)
  const api = createClient(server.origin, { clock, ...config })
  const events: RetryEvent[] = []
  api.on('retry', (event) => void events.push(event))
  async function passWaits(count: number): Promise<void> {
    for (let waits = 1; waits <= count; waits += 1) {
      await until(() => events.length >= waits, `event ${waits}`)
      const waitMs = events[waits - 1]?.waitMs
      if (waitMs === undefined) throw new Error('the client does not wait')
      const before = at.length
      await clock.advance(waitMs - 1)
      await settle()
      expect(at).toHaveLength(before)
      await clock.advance(1)
      await until(() => at.length > before, 'the next request')
    }
  }
  try {
    await work({ clock, api, server, at, events, passWaits })
  } finally {
    await api.destroy()
    await server.close()
    await leaks.check()
  }
}

const noon = 'Thu, 01 Jan 2026 12:00:00 GMT'

describe('waits between attempts', () => {
  const busy = answer(503)
  test.each([
    { name: '503, nothing said', first: busy, waits: [50, 100] },
    { name: 'Retry-After: 2', first: answer(503, { 'retry-after': '2' }), waits: [2_050, 2_100] },
    { name: 'Retry-After: 0', first: answer(503, { 'retry-after': '0' }), waits: [50, 100] },
    { name: 'Retry-After: soon', first: answer(503, { 'retry-after': 'soon' }), waits: [50, 100] },
    {
      name: 'Retry-After, three seconds after Date',
      first: answer(503, { date: noon, 'retry-after': 'Thu, 01 Jan 2026 12:00:03 GMT' }),
      waits: [3_050, 3_100],
    },
    {
      name: 'Retry-After, a date, and no Date: by the own clock, which goes on',
      first: answer(503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' }),
      waits: [3_050, 100],
    },
    {
      name: 'Retry-After, before Date',
      first: answer(503, { date: noon, 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }),
      waits: [50, 100],
    },
    { name: '429 with RateLimit', first: answer(429, { ratelimit: '"default";r=0;t=4' }), waits: [4_050, 4_100] },
    { name: '429, quota is left', first: answer(429, { ratelimit: '"default";r=1;t=4' }), waits: [50, 100] },
    {
      name: '429 with RateLimit-Policy',
      first: answer(429, { 'ratelimit-policy': '"default";q=10;w=7', ratelimit: '"default";r=0' }),
      waits: [7_050, 7_100],
    },
    {
      name: '429, Retry-After before RateLimit',
      first: answer(429, { 'retry-after': '1', ratelimit: '"default";r=0;t=4' }),
      waits: [1_050, 1_100],
    },
  ])('$name', async ({ first, waits }) => {
    await onStage([first, first, answer(200)], {}, async ({ api, at, events, passWaits }) => {
      const call = api.get('/').text()
      await passWaits(2)
      expect(await call).toBe('body')
      expect(events.map(({ waitMs }) => waitMs)).toEqual(waits)
      const [one = 0, two = 0] = waits
      expect(at).toEqual([0, one, one + two])
    })
  })

  test('of a POST: none, for it is not sent again; with a key, as of any other', async () => {
    const first = answer(503, { 'retry-after': '2' })
    await onStage([first, answer(200)], {}, async ({ api, at, events, server, passWaits }) => {
      expect(await rejection(api.post('/', 'x').json())).toMatchObject({ status: 503 })
      expect(at).toEqual([0])
      expect(events).toMatchObject([{ type: 'stop', refusal: 'method' }])
      expect(server.received.join('')).not.toContain('idempotency-key')
      await expect(passWaits(1)).rejects.toThrow('does not wait')
    })
    await onStage([first, first, answer(200)], {}, async ({ api, at, server, passWaits }) => {
      const call = api.post('/', 'x', { idempotencyKey: 'k-7' }).text()
      await passWaits(2)
      expect(await call).toBe('body')
      expect(at).toEqual([0, 2_050, 4_150])
      expect(server.received.join('').match(/idempotency-key: k-7\r\n/g)).toHaveLength(3)
    })
  })
})

describe('what a server asks for is not waited for', () => {
  const hour = answer(503, { 'retry-after': '3600' })
  test.each([
    { name: 'beyond the deadline', answers: [hour], config: {}, waits: 0 },
    {
      name: 'to the deadline, and the backoff beyond it',
      answers: [answer(503, { 'retry-after': '2' })],
      config: { timeout: 2_050 },
      waits: 0,
    },
    {
      name: 'the second time beyond the deadline',
      answers: [answer(503, { 'retry-after': '16' })],
      config: {},
      waits: 1,
    },
    {
      name: 'longer than retryAfter.maxMs',
      answers: [answer(503, { 'retry-after': '2' })],
      config: { retry: { retryAfter: { maxMs: 1_999 } } },
      waits: 0,
    },
    {
      name: 'longer than five minutes, where there is no deadline',
      answers: [hour],
      config: { timeout: false },
      waits: 0,
    },
  ] as const)('$name', async ({ answers, config, waits }) => {
    await onStage(answers, config, async ({ api, at, events, clock, passWaits }) => {
      const call = rejection(api.get('/').text())
      await passWaits(waits)
      // The answer is the outcome, and at once: nobody waits for the deadline.
      const before = clock.now()
      expect(await call).toMatchObject({ status: 503 })
      expect(clock.now()).toBe(before)
      expect(at).toHaveLength(waits + 1)
      expect(events.at(-1)).toMatchObject({ type: 'stop', refusal: 'wait' })
    })
  })

  test('retryAfter: false looks at the backoff alone', async () => {
    await onStage([hour, answer(200)], { retry: { retryAfter: false } }, async ({ api, at, passWaits }) => {
      const call = api.get('/').text()
      await passWaits(1)
      expect(await call).toBe('body')
      expect(at).toEqual([0, 50])
    })
  })
})

describe.each([
  { limit: 'attemptMs', phase: 'attempt' },
  { limit: 'headersMs', phase: 'headers' },
] as const)('a server that does not answer, and $limit', ({ limit, phase }) => {
  const config: ClientConfig = { timeout: { [limit]: 1_000 } }

  test.each([
    { method: 'GET', key: undefined, requests: 2 },
    { method: 'PUT', key: undefined, requests: 2 },
    { method: 'POST', key: undefined, requests: 1 },
    { method: 'PATCH', key: undefined, requests: 1 },
    { method: 'POST', key: 'k-1', requests: 2 },
  ])('$method, key $key: $requests', async ({ method, key, requests }) => {
    await onStage([undefined, answer(200)], config, async ({ api, at, clock, events, passWaits }) => {
      const options = key === undefined ? {} : { idempotencyKey: key }
      const call = api.execute(method, '/', { body: 'x', ...options }).text()
      const failed = requests === 1 ? rejection(call) : undefined
      await until(() => at.length === 1, 'the first request')
      await settle()
      await clock.advance(1_000)
      if (failed !== undefined) {
        // Fired by a watchdog, which looks now and then.
        while (events.length === 0) await clock.advance(100)
        expect(await failed).toMatchObject({ name: 'TimeoutError', phase, limitMs: 1_000, sent: 'maybe' })
        expect(events).toMatchObject([{ type: 'stop', refusal: 'method' }])
      } else {
        while (events.length === 0) await clock.advance(100)
        await passWaits(1)
        expect(await call).toBe('body')
        expect(events).toMatchObject([{ type: 'retry', kind: 'timeout', waitMs: 50 }])
      }
      await settle()
      expect(at).toHaveLength(requests)
    })
  })

  test('always: as many attempts as there are, each to its limit', async () => {
    await onStage([undefined], config, async ({ api, at, clock }) => {
      const failed = rejection(api.get('/').text())
      let error: unknown
      void failed.then((one) => (error = one))
      while (error === undefined) {
        await clock.advance(50)
        await settle()
      }
      expect(error).toMatchObject({ phase, limitMs: 1_000 })
      expect(error).toHaveProperty('suppressed.length', 2)
      expect(at).toHaveLength(3)
      for (const [index, time] of at.entries()) expect(time - (at[index - 1] ?? -1_000)).toBeGreaterThanOrEqual(1_000)
    })
  })
})
