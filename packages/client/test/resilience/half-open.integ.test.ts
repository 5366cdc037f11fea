import { fakeClock, httpServer, leakCheck, type FakeClock, type ServerHandler } from '@halyard/testing'
import { expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import { fate, type LabConfig } from './kit-edges/lab.ts'

interface Set extends AsyncDisposable {
  readonly clock: FakeClock
  readonly api: HttpClient
  readonly origin: string
  requests(): number
  /** Opens the circuit by failures, and lets the reset time pass. */
  halfOpen(): Promise<void>
}

const once = { retry: false } as const

/** A server over real sockets; only the circuit's time is the test's. */
async function breaking(handler: ServerHandler, config: LabConfig): Promise<Set> {
  const leaks = leakCheck({ withinMs: 2_000 })
  let broken = true
  const server = await httpServer((request, response) => {
    if (!broken) return handler(request, response)
    response.statusCode = 503
    response.end('x')
  })
  const clock = fakeClock()
  const api: HttpClient = createClient(server.origin, { clock, retry: false, timeout: false, ...config })
  let asked = 0
  return {
    clock,
    api,
    origin: server.origin,
    requests: () => server.requests - asked,
    halfOpen: async () => {
      broken = true
      while (api.breaker.state(server.origin) !== 'open') expect(await fate(api.get('/', once))).toBe('503')
      broken = false
      asked = server.requests
      expect(await fate(api.get('/', once))).toBe('rejected by breaker')
      await clock.advance(1_000)
      expect(api.breaker.state(server.origin)).toBe('half-open')
    },
    [Symbol.asyncDispose]: async () => {
      await api.destroy()
      await server.close()
      await leaks.check()
    },
  }
}

const circuit = (halfOpenProbes: number) => ({ circuitBreaker: { minimumRequests: 4, resetMs: 1_000, halfOpenProbes } })

/** How often each fate befell. */
function tally(fates: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of fates) counts[one] = (counts[one] ?? 0) + 1
  return counts
}

test.each([1, 3])('half-open, 200 calls at once: the server sees exactly %i, and closes it', async (probes) => {
  await using set = await breaking((_request, response) => void response.end('ok'), circuit(probes))
  await set.halfOpen()
  const fates = await Promise.all(Array.from({ length: 200 }, () => fate(set.api.get('/'))))
  expect(tally(fates)).toEqual({ 200: probes, 'rejected by breaker': 200 - probes })
  expect(set.requests()).toBe(probes)
  expect(set.api.breaker.state(set.origin)).toBe('closed')
  const after = await Promise.all(Array.from({ length: 50 }, () => fate(set.api.get('/'))))
  expect(tally(after)).toEqual({ 200: 50 })
})

test.each([1, 3])(
  'half-open, 200 calls at once, still down: the server sees %i, and it opens again',
  async (probes) => {
    await using set = await breaking((_request, response) => {
      response.statusCode = 500
      response.end('x')
    }, circuit(probes))
    await set.halfOpen()
    const fates = await Promise.all(Array.from({ length: 200 }, () => fate(set.api.get('/'))))
    expect(tally(fates)).toEqual({ 500: probes, 'rejected by breaker': 200 - probes })
    expect([set.requests(), set.api.breaker.state(set.origin)]).toEqual([probes, 'open'])
  },
)

test.each([1, 3])('half-open, 200 calls that retry: still %i requests', async (probes) => {
  await using set = await breaking(
    (_request, response) => {
      response.statusCode = 500
      response.end('x')
    },
    { ...circuit(probes), retry: { backoff: () => 0, attempts: 5 } },
  )
  await set.halfOpen()
  const calls = Promise.all(Array.from({ length: 200 }, () => fate(set.api.get('/'))))
  let settled = false
  void calls.finally(() => (settled = true))
  while (!settled) await set.clock.advance(0)
  // The probes fail, their second attempts are refused like all others.
  expect(tally(await calls)).toEqual({ 'rejected by breaker': 200 })
  expect(set.requests()).toBe(probes)
})

test.each([1, 3])('an aborted probe frees its place: with %i of them hung', async (probes) => {
  let hangs = true
  await using set = await breaking((_request, response) => {
    if (!hangs) response.end('ok')
  }, circuit(probes))
  await set.halfOpen()
  const controller = new AbortController()
  const { signal } = controller
  const hung = Array.from({ length: probes }, () => fate(set.api.get('/', { signal })))
  await expect.poll(() => set.requests()).toBe(probes)
  expect(await fate(set.api.get('/'))).toBe('rejected by breaker')
  controller.abort()
  expect(tally(await Promise.all(hung))).toEqual({ aborted: probes })
  expect(set.api.breaker.state(set.origin)).toBe('half-open')
  hangs = false
  const fates = await Promise.all(Array.from({ length: 200 }, () => fate(set.api.get('/'))))
  expect(tally(fates)).toEqual({ 200: probes, 'rejected by breaker': 200 - probes })
  expect([set.requests(), set.api.breaker.state(set.origin)]).toEqual([2 * probes, 'closed'])
})

test('a probe that hangs frees its place after `probeTimeoutMs`, and its late answer still counts', async () => {
  const held: (() => void)[] = []
  const config = { circuitBreaker: { minimumRequests: 4, resetMs: 1_000, probeTimeoutMs: 300 } }
  await using set = await breaking((_request, response) => void held.push(() => void response.end('late')), config)
  await set.halfOpen()
  const first = fate(set.api.get('/'))
  await expect.poll(() => held.length).toBe(1)
  await set.clock.advance(299)
  expect(await fate(set.api.get('/'))).toBe('rejected by breaker')
  await set.clock.advance(1)
  const second = fate(set.api.get('/'))
  await expect.poll(() => held.length).toBe(2)
  expect(await fate(set.api.get('/'))).toBe('rejected by breaker')
  held[0]?.()
  expect(await first).toBe('200')
  expect(set.api.breaker.state(set.origin)).toBe('closed')
  held[1]?.()
  expect(await second).toBe('200')
})

test.each([
  ['its attempt has a time limit', { attemptMs: 200 }, 'open'],
  ['its call has a deadline', { totalMs: 200 }, 'open'],
] as const)('a probe that hangs opens it again when %s', async (_name, timeout, state) => {
  await using set = await breaking(() => undefined, { ...circuit(1), timeout: { totalMs: false, ...timeout } })
  await set.halfOpen()
  const probe = fate(set.api.get('/'))
  await expect.poll(() => set.requests()).toBe(1)
  await set.clock.advance(200)
  expect(await probe).toMatch(/^timeout/)
  expect(set.api.breaker.state(set.origin)).toBe(state)
})

test('a probe that waits for a permit holds its place, and frees it when it is refused', async () => {
  const held: (() => void)[] = []
  const config = { ...circuit(1), rateLimit: { permits: 5, perMs: 100_000 } }
  await using set = await breaking((_request, response) => void held.push(() => void response.end('ok')), config)
  // Four failures and the permits that are left by now: one.
  await set.halfOpen()
  const probe = fate(set.api.get('/'))
  await expect.poll(() => held.length).toBe(1)
  set.api.breaker.open(set.origin)
  await set.clock.advance(1_000)
  // Half-open again; the permit is gone, and being refused says nothing about the server.
  expect(await fate(set.api.get('/'))).toBe('rejected by rate')
  expect(set.api.breaker.state(set.origin)).toBe('half-open')
  expect(await fate(set.api.get('/'))).toBe('rejected by rate')
  held[0]?.()
  expect(await probe).toBe('200')
})
