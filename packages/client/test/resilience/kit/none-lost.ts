import { expect } from 'vitest'
import type { Trouble } from './trouble.ts'

/** That no call failed, for one endpoint was well all the time; that the dead got no calls; and that it came back. */
export function expectNoneLost(result: Trouble, atOnce: number): void {
  console.log({ ...result, failures: result.failures.length })
  expect(result.failures.slice(0, 3).map(String)).toEqual([])
  expect(result.toKilled.after).toBe(0)
  expect(result.toHanging.after).toBe(0)
  // Its first good check brought it back: it was asked once in each interval.
  expect(result.checksBeforeCalls).toBe(1)
  expect(result.mostAtOnce).toBeGreaterThan(atOnce * 0.9)
}
