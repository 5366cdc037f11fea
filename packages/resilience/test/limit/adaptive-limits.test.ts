import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AimdLimit } from '../../src/limit/aimd-limit.ts'
import type { ConcurrencyLimit } from '../../src/limit/concurrency-limit.ts'
import { GradientLimit } from '../../src/limit/gradient-limit.ts'

const bounds = { initial: 20, min: 2, max: 200 }
const kinds: readonly (readonly [string, () => ConcurrencyLimit])[] = [
  ['gradient', () => new GradientLimit(bounds)],
  ['aimd', () => new AimdLimit(bounds, 100)],
]

/**
 * A peer that serves `capacity` calls at once, 10 ms each: beyond that they wait for each other. Rounds of calls, as many
 * as the limit lets through of those that want.
 */
function play(limit: ConcurrencyLimit, capacity: number, wanted: number, rounds: number): number {
  for (let round = 0; round < rounds; round += 1) {
    const inFlight = Math.min(limit.limit, wanted)
    const latencyMs = 10 * Math.max(1, inFlight / capacity)
    for (let one = 0; one < inFlight; one += 1) limit.answered(latencyMs, inFlight)
  }
  return limit.limit
}

describe.each(kinds)('%s', (_kind, make) => {
  test('stays within its bounds, whatever comes, and is whole', () => {
    const outcome = fc.tuple(
      fc.boolean(),
      fc.constantFrom(0, 0.1, 5, 99, 100, 5000, 1e9),
      fc.integer({ min: 1, max: 300 }),
    )
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 400 }), (outcomes) => {
        const limit = make()
        for (const [isDrop, latencyMs, inFlight] of outcomes) {
          if (isDrop) limit.dropped(inFlight)
          else limit.answered(latencyMs, inFlight)
          if (!Number.isInteger(limit.limit) || limit.limit < bounds.min || limit.limit > bounds.max)
            throw new Error(`a limit of ${limit.limit}`)
        }
      }),
    )
  })

  test('grows while answers are as quick as ever', () => {
    expect(play(make(), 1000, Infinity, 250)).toBe(bounds.max)
  })

  test('does not grow while it is not used', () => {
    expect(play(make(), 1000, 9, 200)).toBe(bounds.initial)
  })

  test('never goes down for a peer that answers evenly', () => {
    const limit = make()
    let before = limit.limit
    for (let round = 0; round < 50; round += 1) {
      const now = play(limit, 1000, Infinity, 1)
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
  })

  test('a burst of failures counts once, failures that go on bring it down to the least', () => {
    const limit = make()
    for (let one = 0; one < 20; one += 1) limit.dropped(20)
    expect(limit.limit).toBe(18)
    for (let one = 0; one < 2000; one += 1) limit.dropped(limit.limit)
    expect(limit.limit).toBe(bounds.min)
  })
})

test('gradient: goes down when answers get slower, and comes back with them', () => {
  const limit = new GradientLimit(bounds)
  play(limit, 1000, Infinity, 30)
  for (let one = 0; one < 60; one += 1) limit.answered(80, limit.limit)
  const down = limit.limit
  expect(down).toBeLessThan(60)
  expect(play(limit, 1000, Infinity, 60)).toBe(bounds.max)
})

test('gradient: settles near what the peer can take', () => {
  const limit = new GradientLimit(bounds)
  play(limit, 40, 10, 30)
  expect(play(limit, 40, Infinity, 40)).toBeLessThan(150)
})

test('aimd: one more a round, a tenth less when calls get slow', () => {
  const limit = new AimdLimit(bounds, 100)
  for (let one = 0; one < 21; one += 1) limit.answered(99, 20)
  expect(limit.limit).toBe(21)
  limit.answered(100, 21)
  expect(limit.limit).toBe(18)
})
