import { expect, test } from 'vitest'
import { expectNoneLost } from './kit/none-lost.ts'
import { trouble } from './kit/trouble.ts'

test('2,000 calls at once: one backend killed, one hanging, one restarted', async () => {
  const result = await trouble({ atOnce: 2_000, workMs: 400, intervalMs: 2_000, timeoutMs: 1_900, attemptMs: 5_000 })
  console.log({ ...result, failures: result.failures.length })
  expect(result.failures.map(String)).toEqual([])
  expectNoneLost(result, 2_000)
})
