import { expect } from 'vitest'
import type { Trouble } from './trouble.ts'

/** That the dead got no calls once they were found out, and came back with the first check that was good. */
export function expectNoneLost(result: Trouble, atOnce: number): void {
  expect(result.toKilled.after).toBe(0)
  expect(result.toHanging.after).toBe(0)
  // Its first good check brought it back: it was asked once in each interval.
  expect(result.checksBeforeCalls).toBe(1)
  // Within an interval, by the checks of one that was well all the time: there are two in one interval at most.
  expect(result.checksMeanwhile).toBeLessThanOrEqual(2)
  // What hung when it came back failed, and does not count.
  expect(result.events.slice(result.events.indexOf('hanging healthy'))).not.toContain('hanging ejected')
  expect(result.mostAtOnce).toBeGreaterThan(atOnce * 0.9)
}
