import { createPipeline, respond } from '@halyard/core'
import { fakeClock, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { balance, type Strategy } from '../../src/balance/index.ts'
import { percentile, traffic } from './kit/traffic.ts'

/** Three backends that need 5 to 15 ms; one of them ten times as long. */
async function simulate(strategy: Strategy, seed: number): Promise<{ p50: number; p99: number; slow: number }> {
  const clock = fakeClock({ seed })
  const asked: Record<string, number> = {}
  const transport = mockTransport(async (request) => {
    const { host } = request.url
    asked[host] = (asked[host] ?? 0) + 1
    const ms = (5 + 10 * clock.random()) * (host === 'slow' ? 10 : 1)
    await new Promise<void>((resolve) => void clock.after(ms, resolve))
    return respond({ body: 'done' })
  })
  const balancer = balance(['http://one', 'http://slow', 'http://two'], { strategy })
  const api = createPipeline({ transport, baseUrl: balancer.base, use: [balancer], clock })
  const latencies = await traffic(api, clock, { requests: 5_000, perSecond: 200 })
  await api.close()
  expect(balancer.endpoints().map(({ pending }) => pending)).toEqual([0, 0, 0])
  expect(clock.pending).toBe(0)
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), slow: asked['slow'] ?? 0 }
}

describe('one backend of three is ten times slower', () => {
  test.each([1, 2, 3])(
    'p2c-ewma: p99 is at most a third of that of round-robin (seed %i)',
    { timeout: 60_000 },
    async (seed) => {
      const [turns, p2c] = [await simulate('round-robin', seed), await simulate('p2c-ewma', seed)]
      expect(turns.p99).toBeGreaterThan(100)
      expect(p2c.p99).toBeLessThanOrEqual(turns.p99 / 3)
      // It is asked now and then, so that it would be seen to have become faster.
      expect(p2c.slow).toBeGreaterThan(0)
      expect(p2c.slow).toBeLessThan(50)
    },
  )

  test('the same seed gives the same numbers', { timeout: 60_000 }, async () => {
    expect(await simulate('p2c-ewma', 7)).toEqual(await simulate('p2c-ewma', 7))
  })
})
