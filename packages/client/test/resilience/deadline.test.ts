import { respond, TransportError, type HttpRequest } from '@halyard/core'
import { fakeClock, mockTransport, type FakeClock } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import { fate, lab, never, type Lab } from './kit-edges/lab.ts'

const totalMs = 1_000
const bases = ['http://a.test', 'http://b.test', 'http://c.test']

type Peer = (clock: FakeClock, request: HttpRequest) => Promise<ReturnType<typeof respond>>

const wait = (clock: FakeClock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => resolve()
    if (ms === 0) done()
    else clock.after(ms, done)
  })

const peers: Readonly<Record<string, Peer>> = {
  'that never answers': never,
  'that answers 503 at once': () => Promise.resolve(respond({ status: 503 })),
  'that breaks off at once': () =>
    Promise.reject(new TransportError('gone', { code: 'socket', sent: 'maybe', target: 'x' })),
  'of which one answers 503, and the others never': (_clock, { origin }) =>
    origin === 'http://a.test' ? Promise.resolve(respond({ status: 503 })) : never(),
}

/** A call leaves no timer. The client's one watchdog looks once more, and finds nobody. */
async function swept({ clock }: Lab): Promise<void> {
  expect(clock.pending).toBeLessThanOrEqual(1)
  await clock.advance(300)
  expect(clock.pending).toBe(0)
}

/** All policies at once, on a clock that the test holds. */
function everything(peer: Peer, limits: object = {}): Lab {
  const set: Lab = lab(
    (request) => peer(set.clock, request),
    {
      retry: { attempts: 1_000, backoff: () => 70, budget: false },
      hedge: { after: { ms: 110 }, max: 2, budget: { ratio: 10 } },
      balance: { failoverStatuses: [503], intervalMs: 7 },
      outlier: false,
      circuitBreaker: { minimumRequests: 100_000 },
      rateLimit: { permits: 500, perMs: 10, queueMs: 60_000 },
      bulkhead: { maxConcurrent: 4, maxQueued: 1_000 },
      adaptive: { maxQueued: 1_000 },
      timeout: { totalMs, attemptMs: 300 },
      ...limits,
    },
    bases,
  )
  return set
}

describe.each(Object.entries(peers))('peers %s', (_name, peer) => {
  test.each([1, 12])('%i calls: none goes beyond the deadline, and no timer is left', async (count) => {
    await using set = everything(peer)
    const endedAt: number[] = []
    const calls = Array.from({ length: count }, () =>
      fate(set.api.get('/')).finally(() => void endedAt.push(set.clock.now())),
    )
    await set.clock.advance(totalMs)
    expect(endedAt).toHaveLength(count)
    for (const at of endedAt) expect(at).toBeLessThanOrEqual(totalMs)
    for (const outcome of await Promise.all(calls))
      expect(outcome).toMatch(/^(timeout total|503|socket|rejected by endpoints)$/)
    await swept(set)
  })
})

test('what waits for peers ends exactly at the deadline', async () => {
  await using set = everything(never)
  const endedAt: number[] = []
  const calls = Array.from({ length: 12 }, () =>
    fate(set.api.get('/')).finally(() => void endedAt.push(set.clock.now())),
  )
  await set.clock.advance(totalMs - 1)
  expect(endedAt).toEqual([])
  expect(set.clock.pending).toBeGreaterThan(0)
  await set.clock.advance(1)
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['timeout total']))
  expect(new Set(endedAt)).toEqual(new Set([totalMs]))
  await swept(set)
})

test('a timer that fires a hair early does not make another error of a deadline', async () => {
  const clock = fakeClock()
  const early = {
    now: () => clock.now(),
    date: () => clock.date(),
    random: () => clock.random(),
    // As timers of the platform do, which count whole milliseconds.
    after: (ms: number, run: () => void) => clock.after(Math.max(0, ms - 0.5), run),
  }
  const transport = mockTransport(({ origin }) =>
    origin === 'http://a.test' ? Promise.resolve(respond({ status: 503 })) : never(),
  )
  const api: HttpClient = createClient(['http://a.test', 'http://b.test'], {
    clock: early,
    // As the network's does; then nobody else cancels the call.
    transport: { ...transport, keepsDeadline: true },
    balance: { failoverStatuses: [503], strategy: 'ordered' },
    bulkhead: { maxConcurrent: 1, maxQueued: 5 },
    retry: { backoff: () => 0 },
    timeout: 60_000,
  })
  const controller = new AbortController()
  const holder = fate(api.get('/', { signal: controller.signal }))
  await clock.advance(0)
  const queued = fate(api.get('/', { timeout: totalMs }))
  await clock.advance(totalMs)
  expect(await queued).toBe('timeout total')
  // Nor is anything sent that could not be answered any more.
  expect(transport.requests.map(({ url }) => url)).toEqual(['http://a.test/', 'http://b.test/', 'http://a.test/'])
  controller.abort()
  expect(await holder).toBe('aborted')
  await api.close()
  expect(clock.pending).toBe(0)
})

test.each([
  ['a bulkhead', { bulkhead: { maxConcurrent: 1, maxQueued: 1_000 } }],
  ['an adaptive limit', { adaptive: { initial: 1, max: 1, maxQueued: 1_000 } }],
])('who waits in the queue of %s ends exactly at the deadline, too', async (_name, limits) => {
  await using set = everything(never, { ...limits, retry: false, hedge: false, timeout: 400 })
  const long = fate(set.api.get('/', { timeout: 5_000 }))
  const others = [0, 1, 2].map(() => fate(set.api.get('/', { timeout: 5_000 })))
  await set.clock.advance(0)
  const endedAt: number[] = []
  const calls = Array.from({ length: 20 }, () =>
    fate(set.api.get('/')).finally(() => void endedAt.push(set.clock.now())),
  )
  await set.clock.advance(400)
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['timeout total']))
  expect(new Set(endedAt)).toEqual(new Set([400]))
  await set.clock.advance(4_600)
  expect(await Promise.all([long, ...others])).toEqual(Array.from({ length: 4 }, () => 'timeout total'))
  expect(set.clock.pending).toBe(0)
})

test('an answer that comes in time is taken, whatever was sent beside it', async () => {
  await using set = everything(async (clock, { origin }) => {
    await wait(clock, origin === 'http://b.test' ? 20 : 250)
    return respond({ status: 200, body: 'x' })
  })
  const calls = Promise.all(Array.from({ length: 12 }, () => fate(set.api.get('/'))))
  await set.clock.advance(totalMs - 1)
  expect(new Set(await calls)).toEqual(new Set(['200']))
  expect(set.clock.pending).toBe(0)
})
