import { abortListeners, leakCheck, rawServer, type RawConnection } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import { fate, type LabConfig } from './kit-edges/lab.ts'
import { within } from './kit-edges/within.ts'

const totalMs = 200

/** All policies at once: retry around hedge around failover around a breaker and two queues. */
const everything = {
  retry: { attempts: 1_000, backoff: () => 15, budget: false },
  hedge: { after: { ms: 40 }, max: 2, budget: { ratio: 10 } },
  balance: { failoverStatuses: [503] },
  outlier: false,
  circuitBreaker: { minimumRequests: 100_000 },
  rateLimit: { permits: 10_000, perMs: 1_000, queueMs: 10_000 },
  bulkhead: { maxConcurrent: 3, maxQueued: 1_000 },
  adaptive: { maxQueued: 1_000 },
  timeout: { totalMs },
} as const

/** Servers that do not do what they should. */
const servers = {
  stalls: async (connection: RawConnection) => {
    await connection.receiveRequest()
    await connection.closed
  },
  'answers 503': async (connection: RawConnection) => {
    for (;;) {
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy')
    }
  },
  'answers 503 and asks for time': async (connection: RawConnection) => {
    for (;;) {
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 503 Busy\r\nretry-after: 5\r\ncontent-length: 4\r\n\r\nbusy')
    }
  },
  'breaks off': async (connection: RawConnection) => {
    await connection.receiveRequest()
    await connection.reset()
  },
  'drips its body': async (connection: RawConnection) => {
    await connection.receiveRequest()
    await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
    await connection.sendSlowly('x'.repeat(100_000), { everyMs: 20 })
  },
  'drips its head': async (connection: RawConnection) => {
    await connection.receiveRequest()
    await connection.sendSlowly(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(10_000)}`, { everyMs: 10 })
  },
} as const

type Kind = keyof typeof servers

/** What the callers are told; each call ends in one of these ways. */
const fates: Readonly<Record<Kind, RegExp>> = {
  stalls: /^timeout total$/,
  // The last answer, or in an attempt that was too late the deadline.
  'answers 503': /^(503|timeout total)$/,
  // At once, where the machine is not so busy that even this takes too long.
  'answers 503 and asks for time': /^(503|timeout total)$/,
  'breaks off': /^(socket|rejected by endpoints|timeout total)$/,
  'drips its body': /^timeout total$/,
  'drips its head': /^timeout total$/,
}

interface Set extends AsyncDisposable {
  readonly api: HttpClient
  readonly signal: AbortSignal
}

/** A client of two servers of these kinds. In the end nothing is left of it, and nobody waits or holds a permit. */
async function against(kinds: readonly [Kind, Kind], config: LabConfig = {}): Promise<Set> {
  const { signal } = new AbortController()
  const leaks = leakCheck({ signals: [signal], withinMs: 2_000 })
  const [first, second] = [await rawServer(servers[kinds[0]]), await rawServer(servers[kinds[1]])]
  const api: HttpClient = createClient([first.origin, second.origin], { ...everything, ...config })
  return {
    api,
    signal,
    [Symbol.asyncDispose]: async () => {
      expect(abortListeners(signal)).toBe(0)
      await expect.poll(() => busy(api.stats())).toEqual([])
      await api.destroy()
      await Promise.all([first.close(), second.close()])
      await leaks.check()
    },
  }
}

/** Gauges of limits that show somebody who holds or waits, and requests under way. */
function busy(stats: Readonly<Record<string, unknown>>): unknown[] {
  const found: unknown[] = []
  JSON.stringify([stats['limits'], stats['endpoints']], (name, value: unknown) => {
    if (['held', 'queued', 'pending'].includes(name) && value !== 0) found.push([name, value])
    return value
  })
  return found
}

/** Reads to the end. */
async function read({ api, signal }: Set): Promise<string> {
  return await fate(
    api.get('/x', { signal }).then(async (response) => {
      await response.bytes()
      return response
    }),
  )
}

describe.each<[Kind, Kind]>([
  ['stalls', 'stalls'],
  ['answers 503', 'answers 503'],
  ['answers 503 and asks for time', 'answers 503 and asks for time'],
  ['breaks off', 'breaks off'],
  ['drips its body', 'drips its body'],
  ['drips its head', 'drips its head'],
  ['stalls', 'answers 503'],
  ['breaks off', 'drips its head'],
])('everything on, one server %s, the other %s', (...kinds) => {
  const expected = new RegExp(kinds.map((kind) => fates[kind].source).join('|'))

  test('a call ends in time, with the right outcome', async () => {
    await using set = await against(kinds)
    const { outcome, tookMs } = await within(totalMs, () => read(set))
    expect(outcome).toMatch(expected)
    if (outcome.startsWith('timeout')) expect(tookMs).toBeGreaterThanOrEqual(totalMs - 2)
  })

  test('so do ten at once, most of them queued', async () => {
    await using set = await against(kinds)
    const { outcome } = await within(totalMs, () => Promise.all(Array.from({ length: 10 }, () => read(set))))
    for (const one of outcome) expect(one).toMatch(expected)
  })
})

test('nobody listens: refused by both, until the deadline', async () => {
  const servers = await Promise.all([rawServer(() => undefined), rawServer(() => undefined)])
  const gone = servers.map(({ origin }) => origin)
  await Promise.all(servers.map((server) => server.close()))
  await using leaks = leakCheck({ withinMs: 2_000 })
  const api: HttpClient = createClient(gone, everything)
  const { outcome } = await within(totalMs, () => Promise.all(Array.from({ length: 10 }, () => fate(api.get('/')))))
  for (const one of outcome) expect(one).toMatch(/^(connect|rejected by endpoints|timeout total)$/)
  expect(busy(api.stats())).toEqual([])
  await api.destroy()
  await leaks.check()
})

test('the deadline of a call holds, whatever the client’s attempts would take', async () => {
  await using set = await against(['stalls', 'stalls'], { timeout: { totalMs: 60_000, attemptMs: 30 } })
  const { outcome } = await within(100, () => fate(set.api.get('/', { timeout: 100, signal: set.signal })))
  // Of its last attempt, where there was no time for another.
  expect(outcome).toMatch(/^timeout (total|attempt)$/)
})

test('the breaker opens under way: the call ends at once, refused', async () => {
  await using set = await against(['breaks off', 'breaks off'], { circuitBreaker: { consecutiveFailures: 3 } })
  const { outcome } = await within(totalMs, () => read(set))
  expect(outcome).toMatch(/^rejected by (breaker|endpoints)$/)
})
