import { fakeClock, type FakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../src/balance/endpoint.ts'
import { ConsistentHash } from '../../src/balance/pickers/consistent-hash.ts'
import { Chance } from '../../src/balance/pickers/chance.ts'
import { LeastPending } from '../../src/balance/pickers/least-pending.ts'
import { Ordered } from '../../src/balance/pickers/ordered.ts'
import { OwnRule } from '../../src/balance/pickers/own-rule.ts'
import { P2cEwma } from '../../src/balance/pickers/p2c-ewma.ts'
import { at } from '../../src/balance/pickers/picker.ts'
import { RoundRobin } from '../../src/balance/pickers/round-robin.ts'
import { Weighted } from '../../src/balance/pickers/weighted.ts'
import { endpointsOf, get, tally } from './kit/states.ts'

const picks = 10_000
const request = get('/')
const weightsOf = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 })
const seed = fc.integer()

function three(endpoints: readonly Endpoint[]): [Endpoint, Endpoint, Endpoint] {
  return [at(endpoints, 0), at(endpoints, 1), at(endpoints, 2)]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Which are off their share by more than five standard deviations: by chance once in two million. */
function offShare(counts: readonly number[], weights: readonly number[]): number[] {
  const total = sum(weights)
  return [...counts.keys()].filter((index) => {
    const share = (weights[index] ?? 0) / total
    const spread = 5 * Math.sqrt(picks * share * (1 - share)) + 1
    return Math.abs((counts[index] ?? 0) - picks * share) > spread
  })
}

describe('round-robin', () => {
  test('no two counts differ by more than one, after any number of picks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: picks }), (size, count) => {
        const endpoints = endpointsOf(
          fakeClock(),
          Array.from({ length: size }, () => 1),
        )
        const picker = new RoundRobin()
        const counts = tally(count, size, () => picker.pick(endpoints))
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 30 },
    )
  })

  test('goes on behind the last one when some cannot be used', () => {
    const [first, second, third] = three(endpointsOf(fakeClock(), [1, 1, 1]))
    const picker = new RoundRobin()
    expect(picker.pick([first, second, third])).toBe(first)
    expect(picker.pick([first, third])).toBe(third)
    expect(picker.pick([second, third])).toBe(second)
    expect(picker.pick([first, second])).toBe(first)
  })
})

describe('weighted', () => {
  test('each gets its share, off by less than one turn at any time', () => {
    fc.assert(
      fc.property(weightsOf, (weights) => {
        const endpoints = endpointsOf(fakeClock(), weights)
        const picker = new Weighted()
        const total = sum(weights)
        const counts = weights.map(() => 0)
        for (let turn = 1; turn <= picks; turn += 1) {
          const { position } = picker.pick(endpoints)
          counts[position] = (counts[position] ?? 0) + 1
          if (turn % total !== 0) continue
          // After a whole round it is exact.
          expect(counts).toEqual(weights.map((weight) => (weight * turn) / total))
        }
      }),
      { numRuns: 30 },
    )
  })

  test('the turns of a heavy one lie apart', () => {
    const endpoints = endpointsOf(fakeClock(), [5, 1, 1])
    const picker = new Weighted()
    const order = Array.from({ length: 7 }, () => picker.pick(endpoints).position)
    expect(order).toEqual([0, 0, 1, 0, 2, 0, 0])
  })
})

describe('random', () => {
  test('each gets its share', () => {
    fc.assert(
      fc.property(weightsOf, seed, (weights, start) => {
        const clock = fakeClock({ seed: start })
        const endpoints = endpointsOf(clock, weights)
        const picker = new Chance(() => clock.random())
        expect(
          offShare(
            tally(picks, weights.length, () => picker.pick(endpoints)),
            weights,
          ),
        ).toEqual([])
      }),
      { numRuns: 20 },
    )
  })
})

describe('least-pending', () => {
  test('always one of the least loaded, as a model that looks at all finds it', () => {
    fc.assert(
      fc.property(weightsOf, seed, (weights, start) => {
        const clock = fakeClock({ seed: start })
        const endpoints = endpointsOf(clock, weights)
        const picker = new LeastPending(() => clock.random())
        for (let turn = 0; turn < 1_000; turn += 1) {
          const chosen = picker.pick(endpoints)
          const least = Math.min(...endpoints.map(({ pending, weight }) => (pending + 1) / weight))
          expect((chosen.pending + 1) / chosen.weight).toBe(least)
          chosen.pending += 1
          const random = endpoints[Math.floor(clock.random() * endpoints.length)]
          if (random !== undefined && random.pending > 0) random.pending -= 1
        }
      }),
      { numRuns: 20 },
    )
  })

  test('idle ones share evenly', () => {
    const clock = fakeClock()
    const endpoints = endpointsOf(clock, [1, 1, 1, 1])
    const picker = new LeastPending(() => clock.random())
    expect(
      offShare(
        tally(picks, 4, () => picker.pick(endpoints)),
        [1, 1, 1, 1],
      ),
    ).toEqual([])
  })
})

describe('p2c-ewma', () => {
  function picker(clock: FakeClock): P2cEwma {
    return new P2cEwma(() => clock.random())
  }

  test('equal ones share evenly', () => {
    const clock = fakeClock()
    const endpoints = endpointsOf(clock, [1, 1, 1, 1, 1])
    for (const endpoint of endpoints) endpoint.latency.observe(10)
    const p2c = picker(clock)
    // Ties go to the first of the pair, which is drawn evenly.
    expect(
      offShare(
        tally(picks, 5, () => p2c.pick(endpoints)),
        [1, 1, 1, 1, 1],
      ),
    ).toEqual([])
  })

  test('the slowest of several is never picked, and every other one is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), seed, (size, start) => {
        const clock = fakeClock({ seed: start })
        const endpoints = endpointsOf(
          clock,
          Array.from({ length: size }, () => 1),
        )
        for (const [index, endpoint] of endpoints.entries()) endpoint.latency.observe(index === 0 ? 100 : 10)
        const p2c = picker(clock)
        const [slow, ...others] = tally(picks, size, () => p2c.pick(endpoints))
        expect(slow).toBe(0)
        expect(Math.min(...others)).toBeGreaterThan(0)
      }),
      { numRuns: 20 },
    )
  })

  test('what is under way counts, and so does the weight', () => {
    const clock = fakeClock()
    const [light, heavy] = three(endpointsOf(clock, [1, 4, 1]))
    light.latency.observe(10)
    heavy.latency.observe(10)
    light.pending = 1
    heavy.pending = 6
    const p2c = picker(clock)
    expect(p2c.pick([light, heavy])).toBe(heavy)
    heavy.pending = 8
    expect(p2c.pick([light, heavy])).toBe(light)
  })

  test('a newcomer is tried by one request, and gets no other before that has ended', () => {
    const clock = fakeClock()
    const [known, fresh] = three(endpointsOf(clock, [1, 1, 1]))
    known.latency.observe(10)
    const p2c = picker(clock)
    expect(p2c.pick([known, fresh])).toBe(fresh)
    fresh.pending = 1
    known.pending = 1_000
    expect(p2c.pick([known, fresh])).toBe(known)
  })

  test('a slow one is asked again when nothing was heard of it for long', async () => {
    const clock = fakeClock()
    const [fast, slow] = three(endpointsOf(clock, [1, 1, 1]))
    slow.latency.observe(1_000)
    fast.latency.observe(10)
    const p2c = picker(clock)
    expect(p2c.pick([fast, slow])).toBe(fast)
    await clock.advance(60_000)
    fast.latency.observe(10)
    expect(p2c.pick([fast, slow])).toBe(slow)
  })
})

describe('ordered', () => {
  test('is sticky to the last good one, and wraps', () => {
    const endpoints = endpointsOf(fakeClock(), [1, 1, 1])
    const [first, second, third] = three(endpoints)
    const picker = new Ordered()
    expect(picker.pick(endpoints)).toBe(first)
    expect(picker.pick(endpoints)).toBe(first)
    picker.succeeded(second)
    expect(picker.pick(endpoints)).toBe(second)
    expect(picker.pick([first, third])).toBe(third)
    expect(picker.pick([first])).toBe(first)
    second.draining = true
    expect(picker.pick([first, third])).toBe(first)
  })

  test('as a model: from the last good position on, round to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.tuple(fc.nat(7), fc.array(fc.nat(7), { minLength: 1 }))),
        (size, steps) => {
          const endpoints = endpointsOf(
            fakeClock(),
            Array.from({ length: size }, () => 1),
          )
          const picker = new Ordered()
          let good = 0
          for (const [succeeds, left] of steps) {
            const usable = endpoints.filter(({ position }) => left.some((one) => one % size === position))
            const model = Array.from({ length: size }, (_, step) => (good + step) % size)
            const expected = model.find((position) => usable.some((one) => one.position === position))
            expect(picker.pick(usable).position).toBe(expected)
            good = succeeds % size
            const succeeded = endpoints[good]
            if (succeeded !== undefined) picker.succeeded(succeeded)
          }
        },
      ),
    )
  })
})

describe('consistent-hash', () => {
  function hash(): ConsistentHash {
    return new ConsistentHash(({ path }) => path)
  }

  test('the same key goes to the same endpoint, in whichever balancer', () => {
    const left = endpointsOf(fakeClock(), [1, 1, 1, 1, 1])
    const right = endpointsOf(fakeClock(), [1, 1, 1, 1, 1]).toReversed()
    for (let key = 0; key < 1_000; key += 1) {
      const asked = get(`/user/${key}`)
      expect(hash().pick(left, asked).url).toBe(hash().pick(right, asked).url)
    }
  })

  test('keys are spread by weight', () => {
    for (const weights of [
      [1, 1, 1, 1],
      [1, 2, 3, 4],
      [10, 1, 1],
    ]) {
      const endpoints = endpointsOf(fakeClock(), weights)
      const picker = hash()
      expect(
        offShare(
          tally(picks, weights.length, (index) => picker.pick(endpoints, get(`/k/${index}`))),
          weights,
        ),
      ).toEqual([])
    }
  })

  test('when an endpoint goes its own keys move, and no other one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), fc.nat(9), (size, which) => {
        const endpoints = endpointsOf(
          fakeClock(),
          Array.from({ length: size }, () => 1),
        )
        const gone = which % size
        const left = endpoints.filter(({ position }) => position !== gone)
        const picker = hash()
        let moved = 0
        for (let key = 0; key < picks; key += 1) {
          const asked = get(`/k/${key}`)
          const before = picker.pick(endpoints, asked)
          const after = picker.pick(left, asked)
          if (before !== after) moved += 1
          if (before.position !== gone) expect(after).toBe(before)
        }
        const share = 1 / size
        expect(Math.abs(moved - picks * share)).toBeLessThanOrEqual(5 * Math.sqrt(picks * share * (1 - share)) + 1)
      }),
      { numRuns: 10 },
    )
  })
})

describe('a rule of one’s own', () => {
  test('gets the candidates and the request', () => {
    const endpoints = endpointsOf(fakeClock(), [1, 1])
    const rule = new OwnRule((given, asked) => {
      expect(given).toBe(endpoints)
      expect(asked).toBe(request)
      return at(given, 1)
    })
    expect(rule.pick(endpoints, request)).toBe(endpoints[1])
  })

  test('an endpoint of somebody else is refused', () => {
    const [own] = three(endpointsOf(fakeClock(), [1, 1, 1]))
    const [other] = three(endpointsOf(fakeClock(), [1, 1, 1]))
    expect(() => new OwnRule(() => other).pick([own], request)).toThrow(
      'balance.strategy: expected a function that returns one of the endpoints that it is given',
    )
  })
})
