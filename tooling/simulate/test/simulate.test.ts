import { expect, test } from 'vitest'
import { balancingFigures, hedgingFigures, outageFigures as outageFiles } from '../src/figures.ts'
import { outageFigures } from '../src/report/outage-report.ts'
import { balancingSettings, runBalancing } from '../src/scenarios/balancing.ts'
import { hedgingSettings, runHedging } from '../src/scenarios/hedging.ts'
import { outageSettings, runOutage, type OutageSettings, type Policy } from '../src/scenarios/outage.ts'
import { naiveRetry, noRetry, ours, oursQuick } from '../src/scenarios/policies.ts'

/** A tenth of the server and its users, and a shorter time. */
const smallOutage: OutageSettings = {
  ...outageSettings,
  users: 300,
  instances: 3,
  seconds: 60,
  outage: { fromMs: 15_000, toMs: 25_000 },
  workers: 8,
  queue: 240,
}
const smallHedging = { ...hedgingSettings, users: 400, instances: 1, seconds: 60, workers: 10 }
const smallBalancing = { ...balancingSettings, users: 400, instances: 1, seconds: 60, workers: 4 }

async function figures(policy: Policy): Promise<ReturnType<typeof outageFigures>> {
  return outageFigures(await runOutage(policy, smallOutage), smallOutage)
}

test('a naive retry keeps a server down that the same clients without one let come back', async () => {
  const none = await figures(noRetry)
  const naive = await figures(naiveRetry)
  expect(none.loadRatio).toBe(1)
  expect(none.backAfter).toBeLessThan(10)
  expect(naive.loadRatio).toBeGreaterThan(2.5)
  expect(naive.backAfter).toBeUndefined()
  expect(naive.wasted).toBeGreaterThan(0.5)
})

test('with retry and breaker of ours the server comes back, and calm days lose less than without', async () => {
  const none = await figures(noRetry)
  for (const policy of [ours, oursQuick]) {
    const one = await figures(policy)
    expect(one.loadRatio).toBeLessThan(2)
    expect(one.backAfter).toBeLessThan(20)
    expect(one.wasted).toBeLessThan(0.3)
    expect(one.lostBefore).toBeLessThan(none.lostBefore / 5)
  }
})

test('hedging at p95 cuts p99.9 to a third, at less than 6% more load', async () => {
  const [plain, hedged] = await runHedging(smallHedging)
  expect(plain?.latencies.at(0.999)).toBeGreaterThan(3 * (hedged?.latencies.at(0.999) ?? Infinity))
  expect(plain?.load).toBe(1)
  expect(hedged?.load).toBeLessThan(1.06)
  expect(hedged?.failed).toBe(0)
})

test('p2c-ewma has a third of the p99 of round-robin, with one backend ten times slower', async () => {
  const [evenly, choosing] = [
    await runBalancing('round-robin', smallBalancing),
    await runBalancing('p2c-ewma', smallBalancing),
  ]
  expect(evenly.slowShare).toBeCloseTo(0.2, 2)
  expect(evenly.latencies.at(0.99)).toBeGreaterThan(3 * choosing.latencies.at(0.99))
})

test('the same seed gives the same bytes, another seed others', async () => {
  const tiny = { ...smallOutage, users: 60, workers: 2, queue: 40, seconds: 35 }
  const all = async (seed: number): Promise<string> =>
    JSON.stringify([
      await outageFiles({ ...tiny, seed }),
      await hedgingFigures({ ...smallHedging, users: 100, seconds: 20, seed }),
      await balancingFigures({ ...smallBalancing, users: 100, seconds: 20, seed }),
    ])
  const first = await all(1)
  expect(first).toContain('<svg ')
  expect(await all(1)).toBe(first)
  expect(await all(2)).not.toBe(first)
})
