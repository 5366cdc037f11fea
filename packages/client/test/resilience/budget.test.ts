import { respond, TransportError, type HttpRequest, type HttpResponse } from '@halyard/core'
import { fakeClock, mockTransport, type FakeClock } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import { fate, lab, never, type LabConfig } from './kit-edges/lab.ts'

/**
 * How it is counted. Requests are what the transport was asked within the 60 seconds. A budget holds, in any ten seconds, 20% of the calls that
 * began in them and ten retries a second; it starts with these 100. So in 60 seconds there are at most
 * `calls * 1.2 + 600` requests to an origin, however much fails. The share of 1.25 is of calls that are so many that
 * the ten a second do not matter: the budget is `{ ratio: 0.2, perSecond: 1 }` there, 60 in all, 10 of them at once.
 */
const seconds = 60

interface Counted {
  readonly calls: number
  readonly requests: number
}

/** Callers that call again as soon as they have their outcome, but pause for `pauseMs`; nothing is kept of the requests. */
async function outage(
  { callers, pauseMs, clients = 1 }: { callers: number; pauseMs: number; clients?: number },
  config: LabConfig,
  base: string | readonly string[] = 'http://a.test',
  failing: (clock: FakeClock) => Promise<never> = refused,
): Promise<Counted> {
  const clock = fakeClock()
  const end = seconds * 1_000
  let requests = 0
  const transport = {
    name: 'down',
    open: () => () => {
      if (clock.now() < end) requests += 1
      return failing(clock)
    },
  }
  const apis = Array.from({ length: clients }, (): HttpClient => createClient(base, { clock, transport, ...config }))
  let calls = 0
  const caller = async (api: HttpClient, at: number): Promise<void> => {
    // Not all in one moment.
    await pause(clock, (at * pauseMs) / callers)
    while (clock.now() < end) {
      calls += 1
      expect(await fate(api.get('/'))).not.toBe('200')
      await pause(clock, pauseMs)
    }
  }
  const all = apis.flatMap((api) => Array.from({ length: callers }, (_value, at) => caller(api, at)))
  const done = Promise.all(all)
  let settled = false
  void done.finally(() => (settled = true))
  while (!settled) await clock.advance(1_000)
  await done
  await Promise.all(apis.map((api) => api.close()))
  expect(clock.pending).toBe(0)
  return { calls, requests }
}

function pause(clock: FakeClock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}

/** Something was sent, and the connection broke after 5 ms. */
async function refused(clock: FakeClock): Promise<never> {
  await pause(clock, 5)
  throw new TransportError('gone', { code: 'socket', sent: 'maybe', target: 'x' })
}

const small = { ratio: 0.2, perSecond: 1 }
const quick = { backoff: () => 20 }

describe('a server that is down, 100 callers of one client, 60 seconds', () => {
  test('retry alone: at most 1.2 requests a call and the reserve, 1.25 in all', async () => {
    const { calls, requests } = await outage({ callers: 100, pauseMs: 2_000 }, { retry: { ...quick, budget: small } })
    expect(calls).toBeGreaterThan(2_800)
    expect(requests).toBeLessThanOrEqual(1.2 * calls + 60)
    expect(requests / calls).toBeLessThanOrEqual(1.25)
    // It is used, too.
    expect(requests / calls).toBeGreaterThan(1.19)
  })

  test('without a budget it is three times the calls', async () => {
    const { calls, requests } = await outage({ callers: 20, pauseMs: 2_000 }, { retry: { ...quick, budget: false } })
    // The last ones have some attempts after the end.
    expect(requests).toBeGreaterThan(2.99 * calls)
  })

  test('the defaults: 20% of the calls and ten a second', async () => {
    const { calls, requests } = await outage({ callers: 100, pauseMs: 2_000 }, { retry: quick })
    expect(requests).toBeLessThanOrEqual(1.2 * calls + 600)
    expect(requests).toBeGreaterThan(1.2 * calls + 400)
  })

  test('hedge, failover and retry share it', async () => {
    const config = {
      retry: { ...quick, budget: small },
      hedge: { after: { ms: 2 }, budget: { ratio: 10 } },
      outlier: false,
    } as const
    const bases = ['http://a.test', 'http://b.test', 'http://c.test']
    const { calls, requests } = await outage({ callers: 100, pauseMs: 2_000 }, config, bases)
    expect(calls).toBeGreaterThan(2_800)
    expect(requests).toBeLessThanOrEqual(1.2 * calls + 60)
    expect(requests / calls).toBeLessThanOrEqual(1.25)
    expect(requests / calls).toBeGreaterThan(1.19)
  })

  test('a failover after nothing was sent costs nothing: each endpoint once per attempt', async () => {
    const connecting = async (clock: FakeClock): Promise<never> => {
      await pause(clock, 5)
      throw new TransportError('refused', { code: 'connect', sent: 'no', target: 'x' })
    }
    const config = { retry: { ...quick, budget: small }, outlier: false } as const
    const { calls, requests } = await outage(
      { callers: 20, pauseMs: 2_000 },
      config,
      ['http://a.test', 'http://b.test'],
      connecting,
    )
    // Two endpoints an attempt, and the attempts within the budget: an EndpointsError is not tried again.
    expect(requests).toBeLessThanOrEqual(2 * (1.2 * calls + 60))
    expect(requests).toBeGreaterThanOrEqual(2 * calls)
  })
})

test('100 clients have a budget each: 20% of the calls, and the reserve a hundred times', async () => {
  const { calls, requests } = await outage(
    { callers: 1, clients: 100, pauseMs: 2_000 },
    { retry: { ...quick, attempts: 10, budget: small } },
  )
  expect(calls).toBeGreaterThan(2_000)
  // Each has the ten of the beginning, and one a second: far more than a fifth of a call in two seconds.
  expect(requests).toBeLessThanOrEqual(1.2 * calls + 100 * 60)
  expect(requests).toBeGreaterThan(1.2 * calls + 100 * 50)
  const tight = await outage(
    { callers: 1, clients: 100, pauseMs: 2_000 },
    { retry: { ...quick, budget: { ratio: 0.2, perSecond: 0 } } },
  )
  expect(tight.requests).toBeLessThanOrEqual(1.2 * tight.calls)
  expect(tight.requests / tight.calls).toBeGreaterThan(1.1)
})

test('the breaker comes first: an outage of a minute is asked a few times', async () => {
  const config = { retry: { ...quick, budget: small }, circuitBreaker: { windowMs: 10_000, bucketMs: 1_000 } }
  const { calls, requests } = await outage({ callers: 100, pauseMs: 2_000 }, config)
  expect(calls).toBeGreaterThan(2_800)
  // Until it opens, and a probe each five seconds.
  expect(requests).toBeLessThan(60)
})

test('a budget that was spent comes back with the calls that work', async () => {
  const clock = fakeClock()
  let down = true
  const transport = mockTransport(() => respond({ status: down ? 503 : 200 }))
  await using api = createClient('http://a.test', {
    clock,
    transport,
    retry: { ...quick, budget: { ratio: 0.2, perSecond: 0 } },
  })
  const left = (): unknown => api.stats()['retry']
  expect(await fate(api.get('/'))).toBe('503')
  expect(left()).toEqual({ 'http://a.test': 0 })
  down = false
  for (let call = 0; call < 99; call += 1) expect(await fate(api.get('/'))).toBe('200')
  expect(left()).toEqual({ 'http://a.test': 20 })
  await clock.advance(11_000)
  expect(left()).toEqual({ 'http://a.test': 0 })
})

test('without retry a hedge has its own budget alone', async () => {
  const config = { retry: false, hedge: { after: { ms: 10 }, budget: { ratio: 1 } }, timeout: 100 } as const
  await using set = lab(never, config)
  for (let round = 0; round < 2; round += 1) {
    const calls = Promise.all(Array.from({ length: 90 }, () => fate(set.api.get('/'))))
    await set.clock.advance(100)
    expect(new Set(await calls)).toEqual(new Set(['timeout total']))
  }
  expect(set.transport.requests).toHaveLength(4 * 90)
})

test('without retry a failover is limited by the endpoints alone', async () => {
  const answer = (request: HttpRequest): HttpResponse => {
    if (request.origin === 'http://b.test') return respond({})
    throw new TransportError('gone', { code: 'socket', sent: 'maybe', target: 'x' })
  }
  const config = { retry: false, outlier: false, balance: { strategy: first } } as const
  await using set = lab(answer, config, ['http://a.test', 'http://b.test'])
  const calls = await Promise.all(Array.from({ length: 300 }, () => fate(set.api.get('/'))))
  expect(new Set(calls)).toEqual(new Set(['200']))
  expect(set.transport.requests).toHaveLength(600)
})

/** Always the same, as long as it may be chosen. */
function first<T>(endpoints: readonly T[]): T {
  const [one] = endpoints
  if (one === undefined) throw new Error('nobody')
  return one
}
