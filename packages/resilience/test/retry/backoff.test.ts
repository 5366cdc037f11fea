import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { constant, decorrelated, exponential, type Backoff } from '../../src/retry/index.ts'
import { anyFailure } from './kit/failures.ts'
import { fakeClock } from '@halyard/testing'

const failure = anyFailure()
const ms = fc.double({ min: 0.5, max: 60_000, noNaN: true })
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const attempt = fc.integer({ min: 1, max: 2000 })

/** Many waits before one attempt, sorted. */
function sample(backoff: Backoff, before: number, count = 20_000): readonly number[] {
  const clock = fakeClock({ seed: 7 })
  return Array.from({ length: count }, () => backoff(before, failure, clock.random)).toSorted((a, b) => a - b)
}

function mean(waits: readonly number[]): number {
  return waits.reduce((sum, wait) => sum + wait, 0) / waits.length
}

/** The share of waits below each tenth of the way from `least` to `most`. */
function expectEven(waits: readonly number[], least: number, most: number): void {
  for (let tenth = 1; tenth < 10; tenth += 1) {
    const bound = least + ((most - least) * tenth) / 10
    expect(waits.filter((wait) => wait < bound).length / waits.length).toBeCloseTo(tenth / 10, 1)
  }
}

describe('constant', () => {
  test('waits the same each time', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), attempt, chance, (wait, before, drawn) => {
        expect(constant({ ms: wait })(before, failure, () => drawn)).toBe(wait)
      }),
    )
  })
})

describe('exponential', () => {
  test('by default up to 100, 200, 400 … 10 000 ms', () => {
    const most = (before: number): number => exponential()(before, failure, () => 1 - Number.EPSILON / 2)
    const expected = [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
    for (const [index, wait] of expected.entries()) expect(most(index + 1)).toBeCloseTo(wait, 6)
    expect(exponential()(5, failure, () => 0)).toBe(0)
  })

  test('keeps within its bounds, whatever the numbers', () => {
    const factor = fc.double({ min: 1, max: 100, noNaN: true })
    fc.assert(
      fc.property(ms, ms, factor, attempt, chance, (baseMs, maxMs, times, before, drawn) => {
        const wait = (jitter: 'full' | 'equal' | false): number =>
          exponential({ baseMs, maxMs, factor: times, jitter })(before, failure, () => drawn)
        const most = wait(false)
        expect(most).toBe(Math.min(maxMs, baseMs * times ** (before - 1)))
        expect(wait('full')).toBeGreaterThanOrEqual(0)
        expect(wait('full')).toBeLessThanOrEqual(most)
        expect(wait('equal')).toBeGreaterThanOrEqual(most / 2)
        expect(wait('equal')).toBeLessThanOrEqual(most)
      }),
    )
  })

  test('full jitter is spread evenly over the whole wait, equal jitter over its second half', () => {
    expectEven(sample(exponential({ baseMs: 100 }), 3), 0, 400)
    expectEven(sample(exponential({ baseMs: 100, jitter: 'equal' }), 3), 200, 400)
    expect(new Set(sample(exponential({ jitter: false }), 3))).toEqual(new Set([400]))
  })
})

describe('decorrelated', () => {
  test('keeps within its bounds', () => {
    fc.assert(
      fc.property(ms, ms, attempt, fc.infiniteStream(chance), (baseMs, maxMs, before, drawn) => {
        const wait = decorrelated({ baseMs, maxMs })(before, failure, () => drawn.next().value)
        expect(wait).toBeGreaterThanOrEqual(Math.min(baseMs, maxMs))
        expect(wait).toBeLessThanOrEqual(Math.min(maxMs, baseMs * 3 ** before * (1 + 1e-9)))
      }),
    )
  })

  test('is distributed as the chain where each wait follows from the one before', () => {
    // AWS: sleep = min(cap, random_between(base, sleep * 3))
    const clock = fakeClock({ seed: 99 })
    const chains = Array.from({ length: 20_000 }, () => {
      const waits = [100]
      for (let step = 1; step <= 6; step += 1) {
        waits.push(Math.min(5000, 100 + clock.random() * ((waits.at(-1) ?? 0) * 3 - 100)))
      }
      return waits
    })
    for (const before of [1, 2, 4, 6]) {
      const reference = chains.map((waits) => waits[before] ?? 0).toSorted((a, b) => a - b)
      const ours = sample(decorrelated({ baseMs: 100, maxMs: 5000 }), before)
      expect(mean(ours) / mean(reference)).toBeCloseTo(1, 1)
      for (const quantile of [0.1, 0.5, 0.9]) {
        const at = Math.floor(quantile * 20_000)
        expect(Math.abs((ours[at] ?? 0) / (reference[at] ?? 1) - 1)).toBeLessThan(0.1)
      }
    }
  })

  test('a late attempt costs no more chance than the twentieth', () => {
    let drawn = 0
    decorrelated()(1000, failure, () => {
      drawn += 1
      return 0.5
    })
    expect(drawn).toBe(20)
  })
})

describe('wrong options', () => {
  test.each<[() => unknown, string]>([
    [() => exponential({ baseMs: 0 }), 'exponential.baseMs: expected'],
    [() => exponential({ factor: 0.5 }), 'exponential.factor: expected a number of at least 1'],
    // @ts-expect-error -- no such jitter
    [() => exponential({ jitter: 'none' }), "exponential.jitter: expected 'full' or 'equal', or false"],
    // @ts-expect-error -- no such option
    [() => exponential({ maxMS: 1 }), "did you mean 'maxMs'?"],
    [() => decorrelated({ maxMs: Infinity }), 'decorrelated.maxMs: expected'],
    [() => constant({ ms: -1 }), 'constant.ms: expected'],
    // @ts-expect-error -- it is required
    [() => constant({}), 'constant.ms: expected a number'],
  ])('%#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'config' }))
    expect(make).toThrow(message)
  })
})
