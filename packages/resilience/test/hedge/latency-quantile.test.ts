import { fakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HedgeBudget } from '../../src/hedge/hedge-budget.ts'
import { Latencies } from '../../src/hedge/latencies.ts'
import { LatencyQuantile } from '../../src/hedge/latency-quantile.ts'
import { get } from '../balance/kit/states.ts'

/** Keeps every sample with its time, and sorts them. */
interface Model {
  now: number
  samples: { at: number; ms: number }[]
}

class Real {
  readonly clock = fakeClock()
  readonly latency = new LatencyQuantile(this.clock)
}

const windowMs = 30_000

/** What counts: this window of time, and the one before. */
function counting({ now, samples }: Model): number[] {
  const window = Math.floor(now / windowMs)
  return samples.filter(({ at }) => Math.floor(at / windowMs) >= window - 1).map(({ ms }) => ms)
}

function agree(model: Model, { latency }: Real): void {
  const sorted = counting(model).toSorted((left, right) => left - right)
  expect(latency.count).toBe(sorted.length)
  for (const share of [0.5, 0.9, 0.95, 0.999]) {
    const exact = sorted[Math.ceil(sorted.length * share) - 1]
    const told = latency.at(share)
    if (exact === undefined) expect(told).toBeUndefined()
    else {
      expect(told).toBeGreaterThanOrEqual(exact * 0.999999)
      expect(told).toBeLessThanOrEqual(exact * 1.050001)
    }
  }
}

describe('the quantile of late', () => {
  test('is as a model says that keeps every sample, up to 5%', async () => {
    const commands = fc.commands(
      [
        fc
          .array(fc.double({ min: 0.2, max: 90_000, noNaN: true }), { maxLength: 50 })
          .map((values): fc.AsyncCommand<Model, Real> => ({
            check: () => true,
            run: (model, real) => {
              for (const ms of values) {
                real.latency.observe(ms)
                model.samples.push({ at: model.now, ms })
              }
              agree(model, real)
              return Promise.resolve()
            },
            toString: () => `samples ${values.join(' ')}`,
          })),
        fc.constantFrom(1, 5_000, 30_000, 61_000).map((ms): fc.AsyncCommand<Model, Real> => ({
          check: () => true,
          run: async (model, real) => {
            model.now += ms
            await real.clock.advance(ms)
            agree(model, real)
          },
          toString: () => `${ms} ms pass`,
        })),
      ],
      { maxCommands: 40 },
    )
    await fc.assert(
      fc.asyncProperty(commands, (steps) =>
        fc.asyncModelRun(() => ({ model: { now: 0, samples: [] }, real: new Real() }), steps),
      ),
      { numRuns: 200 },
    )
  })

  test('very short and very long ones are kept in the first and the last bucket', () => {
    const latency = new LatencyQuantile(fakeClock())
    latency.observe(0)
    expect(latency.at(0.95)).toBeCloseTo(0.1)
    latency.observe(1e9)
    expect(latency.at(0.95)).toBeGreaterThan(90_000)
  })
})

describe('of each origin and method', () => {
  test('at most 1,000 are kept; who is asked for stays', () => {
    const latencies = new Latencies(fakeClock())
    const first = latencies.of(get('/', 'http://first'))
    first.observe(1)
    for (let index = 0; index < 999; index += 1) latencies.of(get('/', `http://e${index}`))
    expect(latencies.of(get('/other', 'http://first'))).toBe(first)
    expect(latencies.of(get('/', 'http://first').with({ method: 'HEAD' }))).not.toBe(first)
    for (let index = 0; index < 998; index += 1) latencies.of(get('/', `http://f${index}`))
    expect(latencies.of(get('/', 'http://first'))).toBe(first)
    expect(Object.keys(latencies.shown(0.95))).toHaveLength(1_000)
  })
})

describe('the budget', () => {
  test('never more than the share of the calls, and what there was at first', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.boolean(), { maxLength: 2_000 }),
        (ratio, steps) => {
          const budget = new HedgeBudget(ratio)
          let calls = 0
          let sent = 0
          for (const isCall of steps) {
            if (isCall) {
              budget.deposit()
              calls += 1
            } else if (budget.withdraw()) sent += 1
            expect(sent).toBeLessThanOrEqual(5 + ratio * calls + 1e-6)
            expect(budget.available).toBeGreaterThanOrEqual(-1e-6)
            expect(budget.available).toBeLessThanOrEqual(100)
          }
        },
      ),
    )
  })

  test('ten calls at a tenth are one', () => {
    const budget = new HedgeBudget(0.1)
    for (let index = 0; index < 5; index += 1) expect(budget.withdraw()).toBe(true)
    for (let index = 0; index < 9; index += 1) budget.deposit()
    expect(budget.withdraw()).toBe(false)
    budget.deposit()
    expect(budget.withdraw()).toBe(true)
  })
})
