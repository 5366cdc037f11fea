import { expect } from 'vitest'
import type { StormOutcome } from './storm.ts'

/** That nothing was sent twice that must not be, and that there was every occasion to. */
export function expectNeverTwice(outcome: StormOutcome, calls: number): void {
  const { ledger, ids, good } = outcome
  // Each call came to its end.
  expect(outcome.worked + outcome.failed).toBe(calls)
  expect(ids.post.length + ids.keyed.length + ids.get.length).toBe(calls)

  const times = (id: string): number => ledger.heads.get(id)?.length ?? 0
  // Without a key: not even a second head, whole or not.
  expect(ids.post.filter((id) => times(id) > 1)).toEqual([])
  expect(ids.post.filter((id) => (ledger.whole.get(id) ?? 0) > 1)).toEqual([])
  // With a key: as often as may be, and always the same.
  expect(ids.keyed.filter((id) => new Set(ledger.heads.get(id)).size > 1)).toEqual([])
  expect(ids.keyed.filter((id) => ledger.heads.get(id)?.includes('') === true)).toEqual([])
  expect(new Set(ids.keyed.flatMap((id) => ledger.heads.get(id)?.slice(0, 1) ?? [])).size).toBe(
    ids.keyed.filter((id) => times(id) > 0).length,
  )
  expect([...ids.post, ...ids.get].filter((id) => ledger.heads.get(id)?.some((key) => key !== '') === true)).toEqual([])
  // Whoever was told that it worked was right.
  expect([...good].filter((id) => !ledger.whole.has(id))).toEqual([])

  // Without faults, retries, hedges and failovers this would show nothing.
  expect(ids.keyed.filter((id) => times(id) > 1).length).toBeGreaterThan(ids.keyed.length / 20)
  expect(ids.get.filter((id) => times(id) > 1).length).toBeGreaterThan(ids.get.length / 20)
  expect(outcome.retries).toBeGreaterThan(calls / 500)
  expect(outcome.hedges).toBeGreaterThan(calls / 500)
  expect(outcome.failovers).toBeGreaterThan(calls / 500)
  expect(ledger.faults.size).toBe(12)
}
