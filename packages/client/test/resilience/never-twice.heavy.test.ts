import { expect, test } from 'vitest'
import { expectNeverTwice } from './kit/never-twice.ts'
import { storm } from './kit/storm.ts'

test.each([1, 2])('10,000 calls, seed %d: none without a key is seen twice', async (seed) => {
  const outcome = await storm({ calls: 10_000, atOnce: 96, seed, attemptMs: 500 })
  const { worked, failed, retries, hedges, failovers, ledger } = outcome
  console.log({ seed, worked, failed, retries, hedges, failovers, faults: Object.fromEntries(ledger.faults) })
  expectNeverTwice(outcome, 10_000)
  expect(worked).toBeGreaterThan(5_000)
})
