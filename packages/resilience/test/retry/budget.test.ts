import { CallContext } from '@halyard/core'
import { fakeClock, fakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { assert, describe, expect, test } from 'vitest'
import { retry, RetryBudget, RetryBudgets, type BudgetOptions, type RetryInit } from '../../src/retry/index.ts'
import { broken, request } from './kit/failures.ts'

/** A simple one: it remembers each call and each retry, by the second in which it was. */
interface Model {
  now: number
  readonly ratio: number
  readonly perSecond: number
  calls: number[]
  retries: number[]
}

function available(model: Model): number {
  const second = Math.floor(model.now / 1000)
  const recent = (all: readonly number[]): number => all.filter((at) => at > second - 10).length
  return model.perSecond * 10 + model.ratio * recent(model.calls) - recent(model.retries)
}

class Real {
  now: number
  readonly budget: RetryBudget

  constructor(start: number, options: BudgetOptions) {
    this.now = start
    this.budget = new RetryBudget({ now: () => this.now }, options)
  }
}

type Step = fc.Command<Model, Real>

function expectSame(model: Model, { budget }: Real): void {
  assert.closeTo(budget.available, Math.max(0, available(model)), 1e-6)
}

class Deposit implements Step {
  readonly times: number
  constructor(times: number) {
    this.times = times
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    for (let time = 0; time < this.times; time += 1) {
      model.calls.push(Math.floor(model.now / 1000))
      real.budget.deposit()
    }
    expectSame(model, real)
  }
  toString = (): string => `deposit × ${this.times}`
}

class Withdraw implements Step {
  readonly times: number
  constructor(times: number) {
    this.times = times
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    const allowed = Math.min(this.times, Math.max(0, Math.floor(available(model) + 1e-6)))
    const taken = Array.from({ length: this.times }, () => real.budget.withdraw())
    assert.deepEqual(
      taken,
      taken.map((_taken, index) => index < allowed),
    )
    for (let time = 0; time < allowed; time += 1) model.retries.push(Math.floor(model.now / 1000))
    expectSame(model, real)
  }
  toString = (): string => `withdraw × ${this.times}`
}

class Pass implements Step {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    model.now += this.ms
    real.now += this.ms
    expectSame(model, real)
  }
  toString = (): string => `${this.ms} ms`
}

describe('a budget', () => {
  test('is the simple model, whatever happens', () => {
    const steps = fc.commands(
      [
        fc.integer({ min: 1, max: 40 }).map((times) => new Deposit(times)),
        fc.integer({ min: 1, max: 40 }).map((times) => new Withdraw(times)),
        fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 50_000 })).map((ms) => new Pass(ms)),
      ],
      { maxCommands: 60 },
    )
    const options = { ratio: fc.constantFrom(0, 0.05, 0.1, 0.2, 1, 1.5), perSecond: fc.constantFrom(0, 0.5, 1, 3) }
    fc.assert(
      fc.property(
        fc.record(options),
        fc.integer({ min: -30_000, max: 30_000 }),
        steps,
        ({ ratio, perSecond }, start, cmds) => {
          fc.modelRun(() => {
            const model: Model = { now: start, ratio, perSecond, calls: [], retries: [] }
            return { model, real: new Real(start, { ratio, perSecond }) }
          }, cmds)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('starts with ten seconds’ worth, and gets it back after ten seconds', async () => {
    const clock = fakeClock()
    const budget = new RetryBudget(clock)
    expect(budget.available).toBeCloseTo(100)
    const taken = Array.from({ length: 150 }, () => budget.withdraw())
    expect(taken.filter(Boolean)).toHaveLength(100)
    await clock.advance(9999)
    expect(budget.withdraw()).toBe(false)
    await clock.advance(1)
    expect(budget.available).toBeCloseTo(100)
  })

  test('a fifth of the calls, nothing lost to rounding', () => {
    const budget = new RetryBudget(fakeClock(), { ratio: 0.1, perSecond: 0 })
    let taken = 0
    for (let call = 0; call < 1000; call += 1) {
      budget.deposit()
      if (budget.withdraw()) taken += 1
    }
    expect(taken).toBe(100)
  })

  test('a clock that goes back breaks nothing', () => {
    let now = 5000
    const budget = new RetryBudget({ now: () => now }, { ratio: 0, perSecond: 1 })
    for (let time = 0; time < 10; time += 1) expect(budget.withdraw()).toBe(true)
    now = 0
    expect(budget.withdraw()).toBe(false)
    now = 15_000
    expect(budget.available).toBeCloseTo(10)
  })

  test.each<[unknown, string]>([
    [{ ratio: -1 }, 'budget.ratio: expected'],
    [{ perSecond: NaN }, 'budget.perSecond: expected'],
    [{ perMinute: 1 }, 'budget.perMinute: expected one of ratio, perSecond'],
  ])('refuses %j', (options, message) => {
    expect(() => new RetryBudget(fakeClock(), options as object)).toThrow(message)
    expect(() => new RetryBudgets(fakeClock(), options as object)).toThrow(message)
  })
})

describe('budgets', () => {
  test('one per origin, at most 1000; the one not asked for the longest time goes first', () => {
    const budgets = new RetryBudgets(fakeClock())
    const first = budgets.of('http://0.test')
    const second = budgets.of('http://1.test')
    expect(budgets.of('http://0.test')).toBe(first)
    for (let index = 2; index < 1000; index += 1) budgets.of(`http://${index}.test`)
    expect(Object.keys(budgets.available())).toHaveLength(1000)
    budgets.of('http://0.test')
    budgets.of('http://1000.test')
    expect(Object.keys(budgets.available())).toHaveLength(1000)
    expect(budgets.of('http://0.test')).toBe(first)
    expect(budgets.of('http://1.test')).not.toBe(second)
  })

  test('of an origin with a name of Object.prototype', () => {
    const budgets = new RetryBudgets(fakeClock())
    expect(budgets.of('__proto__').withdraw()).toBe(true)
    expect(budgets.of('constructor').available).toBeCloseTo(100)
  })
})

/** 100 clients whose calls follow one another, each after a pause, against a server that is down. */
async function storm(options: RetryInit, seconds: number): Promise<{ calls: number; attempts: number }> {
  await using runtime = fakeRuntime()
  let calls = 0
  let attempts = 0
  const handler = retry(options).wrap(() => {
    attempts += 1
    return Promise.reject(broken('no', 'connect'))
  }, runtime)
  const client = async (): Promise<void> => {
    while (runtime.now() < seconds * 1000) {
      calls += 1
      await handler(request(), new CallContext()).catch(() => undefined)
      await runtime.sleep(250 * (0.5 + runtime.random()))
    }
  }
  const clients = Array.from({ length: 100 }, () => client())
  await runtime.clock.runAll()
  await Promise.all(clients)
  return { calls, attempts }
}

test('server down, 100 clients, 60 seconds: at most 1.25 attempts a call', async () => {
  const ours = await storm({}, 60)
  expect(ours.calls).toBeGreaterThan(14_000)
  expect(ours.attempts / ours.calls).toBeLessThanOrEqual(1.25)
  // And it does retry: what the budget gives is used.
  expect(ours.attempts / ours.calls).toBeGreaterThan(1.15)
  const naive = await storm({ budget: false }, 5)
  expect(naive.attempts / naive.calls).toBeGreaterThan(2.9)
}, 60_000)
