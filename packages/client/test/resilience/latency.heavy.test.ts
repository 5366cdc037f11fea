import { httpServer, leakCheck, type LocalServer } from '@halyard/testing'
import { expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import type { LabConfig } from './kit-edges/lab.ts'

/** The latency that so much of the calls do not exceed. */
function quantile(latencies: readonly number[], share: number): number {
  const sorted = latencies.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

function shown(latencies: readonly number[]): string {
  const parts = [0.5, 0.95, 0.99, 0.999].map((share) => `p${share * 100} ${quantile(latencies, share).toFixed(1)} ms`)
  return `${latencies.length} calls: ${parts.join(', ')}`
}

/** So many callers call one after the other, until `count` calls are made. */
async function measure(api: HttpClient, count: number, callers: number): Promise<number[]> {
  const latencies: number[] = []
  let begun = 0
  const caller = async (): Promise<void> => {
    while (begun < count) {
      begun += 1
      const startedAt = performance.now()
      await api.get('/').bytes()
      latencies.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return latencies
}

/** Answers after `latencyMs`, which is asked for each request. */
function slowServer(latencyMs: () => number): Promise<LocalServer> {
  return httpServer((_request, response) => void setTimeout(() => response.end('x'), latencyMs()))
}

async function withClient<T>(
  base: string | readonly string[],
  config: LabConfig,
  work: (api: HttpClient) => Promise<T>,
): Promise<T> {
  const api: HttpClient = createClient(base, { retry: false, ...config })
  try {
    return await work(api)
  } finally {
    await api.destroy()
  }
}

/** The first that is as it should be, or the last: what is measured is the client, not the machine. */
async function bestOf<T>(tries: number, run: () => Promise<T>, isGood: (result: T) => boolean): Promise<T> {
  let result = await run()
  for (let made = 1; made < tries && !isGood(result); made += 1) result = await run()
  return result
}

test('one backend of three is ten times slower: p2c-ewma has at most a third of the p99 of round-robin', async () => {
  await using _leaks = leakCheck({ withinMs: 2_000 })
  await using first = await slowServer(() => 20)
  await using second = await slowServer(() => 20)
  await using slow = await slowServer(() => 200)
  const bases = [first, second, slow].map(({ origin }) => origin)
  const run = async (strategy: 'p2c-ewma' | 'round-robin', count: number) => {
    const before = slow.requests
    // Few at once: a queue at the fast ones is a good reason to ask the slow one.
    const latencies = await withClient(bases, { balance: { strategy } }, (api) => measure(api, count, 3))
    const share = (slow.requests - before) / latencies.length
    console.log(`${strategy}: ${shown(latencies)}; ${(share * 100).toFixed(1)}% to the slow one`)
    return { p99: quantile(latencies, 0.99), share }
  }
  const turns = await run('round-robin', 600)
  // A third goes to the slow one by turns: its latency is the p99, whatever the machine does.
  expect(turns.share).toBeCloseTo(1 / 3, 2)
  expect(turns.p99).toBeGreaterThanOrEqual(199)
  const balanced = await bestOf(
    3,
    () => run('p2c-ewma', 2_000),
    ({ p99 }) => p99 <= turns.p99 / 3,
  )
  expect(balanced.p99).toBeLessThanOrEqual(turns.p99 / 3)
  expect(balanced.share).toBeLessThan(0.01)
})

test('one answer in a hundred takes fifty times as long: hedged at p95, p99.9 is at most a third, for less than 6% more requests', async () => {
  await using _leaks = leakCheck({ withinMs: 2_000 })
  let served = 0
  // Not by chance: the same for both, and never two in a row.
  await using server = await slowServer(() => ((served += 1) % 101 === 50 ? 500 : 10))
  const run = async (config: LabConfig) => {
    const before = server.requests
    const latencies = await withClient(server.origin, config, (api) => measure(api, 8_000, 8))
    const requests = server.requests - before
    console.log(`${config.hedge === undefined ? 'alone' : 'hedged'}: ${shown(latencies)}; ${requests} requests`)
    return { p999: quantile(latencies, 0.999), requests, calls: latencies.length }
  }
  const alone = await run({})
  const hedged = await bestOf(
    3,
    () => run({ hedge: { after: 'p95' } }),
    ({ p999 }) => p999 <= alone.p999 / 3,
  )
  expect(alone.requests).toBe(alone.calls)
  expect(alone.p999).toBeGreaterThanOrEqual(499)
  expect(hedged.p999).toBeLessThanOrEqual(alone.p999 / 3)
  expect(hedged.requests).toBeGreaterThan(hedged.calls)
  expect(hedged.requests).toBeLessThan(1.06 * hedged.calls)
})
