import { fakeClock, type FakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEndpoints, type EndpointLike } from '../../src/balance/endpoint-init.ts'
import { EndpointSet, type EndpointSetSettings } from '../../src/balance/endpoint-set.ts'
import type { Endpoint } from '../../src/balance/endpoint.ts'

const outlier = { consecutiveFailures: 3, ejectMs: 10_000, maxEjectedRatio: 0.5 }
const plain: EndpointSetSettings = { outlier, panicRatio: 0.5, zone: undefined }

function setOf(
  likes: readonly EndpointLike[],
  settings: Partial<EndpointSetSettings> = {},
): { set: EndpointSet; clock: FakeClock; told: string[]; named: (name: string) => Endpoint } {
  const clock = fakeClock()
  const told: string[] = []
  const set = new EndpointSet(clock, { ...plain, ...settings }, (change, endpoint) =>
    told.push(endpoint === undefined ? change : `${change} ${endpoint.url.slice(7)}`),
  )
  set.update(readEndpoints(likes))
  told.length = 0
  const named = (name: string): Endpoint => {
    const found = set.all.find(({ url }) => url === `http://${name}`)
    if (found === undefined) throw new Error(`no ${name}`)
    return found
  }
  return { set, clock, told, named }
}

function names(endpoints: readonly Endpoint[]): string[] {
  return endpoints.map(({ url }) => url.slice(7))
}

const three = ['http://a', 'http://b', 'http://c']

describe('outlier ejection', () => {
  test('so many failures in a row eject for a while; a success in between counts anew', async () => {
    const { set, clock, told, named } = setOf(three)
    const a = named('a')
    set.failed(a)
    set.failed(a)
    set.succeeded(a)
    set.failed(a)
    set.failed(a)
    expect(names(set.candidates())).toEqual(['a', 'b', 'c'])
    set.failed(a)
    expect(names(set.candidates())).toEqual(['b', 'c'])
    expect(a.ejectedUntil).toBe(10_000)
    await clock.advance(9_999)
    expect(names(set.candidates())).toEqual(['b', 'c'])
    await clock.advance(1)
    expect(names(set.candidates())).toEqual(['a', 'b', 'c'])
    expect(told).toEqual(['ejected a', 'returned a'])
  })

  test('one that comes back is ejected again by its first failure, and is as any other after a success', async () => {
    const { set, clock, named } = setOf(three)
    const a = named('a')
    for (let count = 0; count < 3; count += 1) set.failed(a)
    await clock.advance(10_000)
    set.failed(a)
    expect(names(set.candidates())).toEqual(['b', 'c'])
    await clock.advance(10_000)
    set.succeeded(a)
    set.failed(a)
    expect(names(set.candidates())).toEqual(['a', 'b', 'c'])
  })

  test('its latency is learnt anew when it comes back: penalties must not keep it out', async () => {
    const { set, clock, named } = setOf(three)
    const a = named('a')
    for (let count = 0; count < 3; count += 1) {
      a.latency.penalize(5_000)
      set.failed(a)
    }
    await clock.advance(9_999)
    expect(a.ewmaMs).toBeGreaterThan(1_000)
    await clock.advance(1)
    set.candidates()
    expect(a.ewmaMs).toBeUndefined()
    a.latency.penalize(5_000)
    set.setHealthy(a, false)
    set.setHealthy(a, true)
    expect(a.ewmaMs).toBeUndefined()
  })

  test('late failures of one that is ejected do not prolong it', async () => {
    const { set, clock, named } = setOf(three)
    const a = named('a')
    for (let count = 0; count < 3; count += 1) set.failed(a)
    await clock.advance(5_000)
    set.failed(a)
    expect(a.ejectedUntil).toBe(10_000)
  })

  test('off, only counts', () => {
    const { set, named } = setOf(three, { outlier: false })
    for (let count = 0; count < 100; count += 1) set.failed(named('a'))
    expect(names(set.candidates())).toEqual(['a', 'b', 'c'])
    expect(named('a').failures).toBe(100)
  })
})

describe('the panic threshold', () => {
  test('half usable is enough, less is not: then those that are ejected are used, but none that fails its checks', () => {
    const { set, told, named } = setOf(['http://a', 'http://b', 'http://c', 'http://d'])
    set.setHealthy(named('a'), false)
    for (let count = 0; count < 3; count += 1) set.failed(named('b'))
    expect(names(set.candidates())).toEqual(['c', 'd'])
    expect(set.panicking).toBe(false)
    set.setHealthy(named('c'), false)
    expect(names(set.candidates())).toEqual(['b', 'd'])
    expect(set.panicking).toBe(true)
    expect(names(set.candidates([named('d')]))).toEqual(['b'])
    set.setHealthy(named('c'), true)
    expect(names(set.candidates())).toEqual(['c', 'd'])
    expect(told).toEqual(['unhealthy a', 'ejected b', 'unhealthy c', 'panic', 'healthy c', 'calm'])
  })

  test('where all fail their checks, that may be the fault of the checks: all are used', () => {
    const { set, named } = setOf(three)
    set.setHealthy(named('a'), false)
    set.setHealthy(named('b'), false)
    expect(names(set.candidates())).toEqual(['c'])
    set.setHealthy(named('c'), false)
    expect(names(set.candidates())).toEqual(['a', 'b', 'c'])
  })

  test('0 is never', () => {
    const { set, named } = setOf(three, { panicRatio: 0 })
    for (const name of ['a', 'b', 'c']) set.setHealthy(named(name), false)
    expect(set.candidates()).toEqual([])
  })
})

describe('zones and priorities', () => {
  const zoned = [
    { url: 'http://a', zone: 'x' },
    { url: 'http://b', zone: 'y' },
    { url: 'http://c', zone: 'y' },
    { url: 'http://d' },
  ]

  test('the own zone is preferred as long as one of it can be used', () => {
    const { set, named } = setOf(zoned, { zone: 'y' })
    expect(names(set.candidates())).toEqual(['b', 'c'])
    expect(names(set.candidates([named('b')]))).toEqual(['c'])
    expect(names(set.candidates([named('b'), named('c')]))).toEqual(['a', 'd'])
    set.setHealthy(named('b'), false)
    set.setHealthy(named('c'), false)
    expect(names(set.candidates())).toEqual(['a', 'd'])
  })

  test('without one of the own zone all are used', () => {
    expect(names(setOf(zoned, { zone: 'z' }).set.candidates())).toEqual(['a', 'b', 'c', 'd'])
    expect(names(setOf(zoned).set.candidates())).toEqual(['a', 'b', 'c', 'd'])
  })

  test('a lower priority number goes before the zone', () => {
    const { set, named } = setOf(
      [
        { url: 'http://a', zone: 'x', priority: 1 },
        { url: 'http://b', zone: 'y', priority: 0 },
        { url: 'http://c', zone: 'x', priority: 0 },
      ],
      { zone: 'x' },
    )
    expect(names(set.candidates())).toEqual(['c'])
    expect(names(set.candidates([named('c')]))).toEqual(['b'])
    expect(names(set.candidates([named('b'), named('c')]))).toEqual(['a'])
  })
})

describe('changes of the list', () => {
  test('who stays keeps its state; who goes drains, and is forgotten with its last request', () => {
    const { set, told, named } = setOf(three)
    const [a, b] = [named('a'), named('b')]
    a.pending = 2
    b.failures = 2
    set.update(readEndpoints(['http://b', 'http://d']))
    expect(names(set.candidates())).toEqual(['b', 'd'])
    expect(named('b')).toBe(b)
    expect(b.failures).toBe(2)
    expect(names(set.all)).toEqual(['b', 'd', 'a'])
    expect(a.draining).toBe(true)
    a.release()
    expect(names(set.all)).toEqual(['b', 'd', 'a'])
    a.release()
    expect(names(set.all)).toEqual(['b', 'd'])
    expect(told).toEqual(['removed a', 'removed c', 'added d'])
  })

  test('one that comes back while it drains is the same', () => {
    const { set, named } = setOf(three)
    const a = named('a')
    a.pending = 1
    set.update(readEndpoints(['http://b']))
    set.update(readEndpoints(['http://b', 'http://a']))
    expect(named('a')).toBe(a)
    expect(a.draining).toBe(false)
    a.release()
    expect(names(set.candidates())).toEqual(['b', 'a'])
  })

  test('weights are taken over; a URL twice counts once', () => {
    const { set, named } = setOf(three)
    set.update(readEndpoints([{ url: 'http://a', weight: 5 }, 'http://a/', 'http://b']))
    expect(names(set.candidates())).toEqual(['a', 'b'])
    expect(named('a').weight).toBe(5)
  })
})

/** A simple model: endpoints by name, with plain facts, judged anew each time. */
interface Model {
  now: number
  readonly facts: Map<string, { failures: number; ejectedUntil: number; healthy: boolean }>
}

class Real {
  readonly clock = fakeClock()
  readonly set = new EndpointSet(this.clock, plain)
}

function usable(model: Model): string[] {
  const all = [...model.facts.keys()]
  const found = all.filter((name) => {
    const facts = model.facts.get(name)
    return facts !== undefined && facts.healthy && facts.ejectedUntil <= model.now
  })
  if (found.length >= all.length / 2) return found
  const healthy = all.filter((name) => model.facts.get(name)?.healthy)
  return healthy.length === 0 ? all : healthy
}

function agree(model: Model, { set }: Real): void {
  expect(names(set.candidates())).toEqual(usable(model))
}

type Step = fc.AsyncCommand<Model, Real>
const everyName = ['a', 'b', 'c', 'd', 'e']

function on(
  name: string,
  label: string,
  change: (facts: { failures: number; ejectedUntil: number; healthy: boolean }, model: Model) => void,
  run: (set: EndpointSet, endpoint: Endpoint) => void,
): Step {
  return {
    check: (model) => model.facts.has(name),
    run: (model, real) => {
      const facts = model.facts.get(name)
      const endpoint = real.set.members.find(({ url }) => url === `http://${name}`)
      if (facts === undefined || endpoint === undefined) throw new Error(`no ${name}`)
      change(facts, model)
      run(real.set, endpoint)
      agree(model, real)
      return Promise.resolve()
    },
    toString: () => `${label} ${name}`,
  }
}

function fails(name: string): Step {
  return on(
    name,
    'fails',
    (facts, model) => {
      facts.failures += 1
      if (facts.failures < 3 || facts.ejectedUntil > model.now) return
      const others = [...model.facts.values()].filter(({ ejectedUntil }) => ejectedUntil > model.now).length
      if ((others + 1) / model.facts.size <= 0.5) facts.ejectedUntil = model.now + 10_000
    },
    (set, endpoint) => set.failed(endpoint),
  )
}

function succeeds(name: string): Step {
  return on(
    name,
    'succeeds',
    (facts) => (facts.failures = 0),
    (set, endpoint) => set.succeeded(endpoint),
  )
}

function health(name: string, healthy: boolean): Step {
  return on(
    name,
    healthy ? 'is well' : 'is ill',
    (facts) => {
      facts.healthy = healthy
      if (healthy) facts.ejectedUntil = 0
    },
    (set, endpoint) => set.setHealthy(endpoint, healthy),
  )
}

function passes(ms: number): Step {
  return {
    check: () => true,
    run: async (model, real) => {
      model.now += ms
      await real.clock.advance(ms)
      agree(model, real)
    },
    toString: () => `${ms} ms pass`,
  }
}

function lists(list: readonly string[]): Step {
  return {
    check: () => true,
    run: (model, real) => {
      const before = new Map(model.facts)
      model.facts.clear()
      for (const name of list) {
        model.facts.set(name, before.get(name) ?? { failures: 0, ejectedUntil: 0, healthy: true })
      }
      real.set.update(readEndpoints(list.map((name) => `http://${name}`)))
      agree(model, real)
      return Promise.resolve()
    },
    toString: () => `the list is ${list.join(' ')}`,
  }
}

test('the set is as a model says, whatever happens', async () => {
  const name = fc.constantFrom(...everyName)
  const commands = fc.commands(
    [
      name.map(fails),
      name.map(fails),
      name.map(fails),
      name.map(succeeds),
      fc.tuple(name, fc.boolean()).map(([one, well]) => health(one, well)),
      fc.constantFrom(1, 100, 5_000, 10_000).map(passes),
      fc.uniqueArray(name).map(lists),
    ],
    { maxCommands: 60 },
  )
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const setup = (): { model: Model; real: Real } => {
        const real = new Real()
        real.set.update(readEndpoints(everyName.map((one) => `http://${one}`)))
        const facts = new Map(everyName.map((one) => [one, { failures: 0, ejectedUntil: 0, healthy: true }]))
        return { model: { now: 0, facts }, real }
      }
      await fc.asyncModelRun(setup, steps)
    }),
    { numRuns: 300 },
  )
})
