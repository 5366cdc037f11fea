import { expect, test } from 'vitest'
import { expectNeverTwice } from './kit/never-twice.ts'
import { storm } from './kit/storm.ts'

test('500 calls: none without a key is seen twice', { timeout: 20_000 }, async () => {
  const outcome = await storm({ calls: 500, atOnce: 48, seed: 1, attemptMs: 600 })
  expectNeverTwice(outcome, 500)
  expect(outcome.worked).toBeGreaterThan(50)
})
