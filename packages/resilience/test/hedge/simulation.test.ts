import { createPipeline, respond } from '@halyard/core'
import { fakeClock, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { hedge } from '../../src/hedge/index.ts'
import { percentile, traffic } from '../balance/kit/traffic.ts'

const requests = 20_000

interface Simulated {
  readonly p50: number
  readonly p999: number
  /** Requests that the server saw, for each call. */
  readonly load: number
  /** Requests that it was left with to the end, for each call. */
  readonly done: number
}

/** A server whose latencies `draw` makes of chance. */
async function simulate(draw: (random: number) => number, hedged: boolean, seed: number): Promise<Simulated> {
  const clock = fakeClock({ seed })
  let done = 0
  const transport = mockTransport(async (_request, call) => {
    await new Promise<void>((resolve) => {
      const stop = clock.after(draw(clock.random()), () => {
        call.removeListener(listener)
        done += 1
        resolve()
      })
      const listener = {
        onCancel: () => {
          stop()
          resolve()
        },
      }
      call.addListener(listener)
    })
    return respond({ body: 'done' })
  })
  const api = createPipeline({ transport, baseUrl: 'http://server', use: hedged ? [hedge()] : [], clock })
  const latencies = await traffic(api, clock, { requests, perSecond: 500 })
  await api.close()
  expect(transport.openBodies()).toBe(0)
  expect(clock.pending).toBe(0)
  return {
    p50: percentile(latencies, 0.5),
    p999: percentile(latencies, 0.999),
    load: transport.requests.length / requests,
    done: done / requests,
  }
}

/** Now and then one takes very long: a pause of the garbage collector, a lost packet. */
const pauses = (random: number): number => (random < 0.01 ? 500 + 50_000 * random : 5 + 10 * random)
/** A heavy tail (Pareto): there is no border between fast and slow. */
const heavyTail = (random: number): number => Math.min(60_000, 10 * (1 - random) ** (-1 / 1.1))

describe('hedging at p95', () => {
  test.each([
    ['pauses', pauses, 1],
    ['pauses', pauses, 2],
    ['a heavy tail', heavyTail, 1],
    ['a heavy tail', heavyTail, 2],
  ] as const)(
    '%s: it cuts p99.9 to at most a third, with less than 6 in 100 requests more (%#)',
    async (_name, draw, seed) => {
      const plain = await simulate(draw, false, seed)
      const hedged = await simulate(draw, true, seed)
      expect(plain.load).toBe(1)
      expect(hedged.p999).toBeLessThanOrEqual(plain.p999 / 3)
      expect(hedged.load).toBeLessThan(1.06)
      expect(hedged.load).toBeGreaterThan(1.005)
      // Losers are cancelled: the server finishes one for each call.
      expect(hedged.done).toBeLessThan(1.01)
    },
  )
})
