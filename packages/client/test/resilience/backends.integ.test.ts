import { expect, test } from 'vitest'
import { expectNoneLost } from './kit/none-lost.ts'
import { trouble } from './kit/trouble.ts'

test('60 calls at once: one backend killed, one hanging, one restarted', { timeout: 20_000 }, async () => {
  const result = await trouble({ atOnce: 60, workMs: 20, intervalMs: 500, timeoutMs: 450, attemptMs: 1_000 })
  expect(result.failures.map(String)).toEqual([])
  expectNoneLost(result, 60)
})
