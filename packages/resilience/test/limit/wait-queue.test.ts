import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rank } from '../../src/limit/priority.ts'
import { Semaphore } from '../../src/limit/semaphore.ts'
import { Place } from '../../src/limit/wait-queue.ts'

interface Model {
  permits: number
  held: number
  /** Who waits, in order of arrival. */
  waiting: { readonly place: Place<number>; readonly rank: Rank }[]
}

interface Real {
  readonly semaphore: Semaphore<number>
}

type Command = fc.Command<Model, Real>

const capacity = 4
let arrivals = 0

function agree(model: Model, { semaphore }: Real): void {
  const { queue } = semaphore
  const is = [semaphore.held, queue.length, queue.before(0), queue.before(1), queue.before(2), semaphore.isIdle]
  const before = (rank: number): number => model.waiting.filter((one) => one.rank <= rank).length
  const shouldBe = [
    model.held,
    model.waiting.length,
    before(0),
    before(1),
    before(2),
    model.held + model.waiting.length === 0,
  ]
  expect(is.join()).toBe(shouldBe.join())
}

function step(name: string, run: (model: Model, real: Real) => void): Command {
  return {
    check: () => true,
    run: (model, real) => {
      run(model, real)
      agree(model, real)
    },
    toString: () => name,
  }
}

/** By rank, then by arrival. */
function first(model: Model): Model['waiting'][number] | undefined {
  return model.waiting.toSorted((one, other) => one.rank - other.rank)[0]
}

/** What a permit that became free leads to. */
function granted(model: Model): number | undefined {
  if (model.held >= model.permits) return undefined
  const next = first(model)
  if (next === undefined) return undefined
  model.held += 1
  model.waiting.splice(model.waiting.indexOf(next), 1)
  return next.place.value
}

const acquire = (rank: Rank): Command =>
  step(`acquire ${rank}`, (model, { semaphore }) => {
    const isFree = model.held < model.permits
    expect(semaphore.tryAcquire()).toBe(isFree)
    if (isFree) {
      model.held += 1
      return
    }
    arrivals += 1
    const place = new Place(arrivals, rank)
    const gone = semaphore.queue.enter(place)
    model.waiting.push({ place, rank })
    if (model.waiting.length <= capacity) {
      expect(gone).toBeUndefined()
      return
    }
    const lowest = Math.max(...model.waiting.map((one) => one.rank))
    const last = model.waiting.findLast((one) => one.rank === lowest)
    expect(gone).toBe(last?.place)
    model.waiting = model.waiting.filter((one) => one !== last)
  })

const release = (): Command =>
  step('release', (model, { semaphore }) => {
    if (model.held === 0) return
    model.held -= 1
    expect(semaphore.release()?.value).toBe(granted(model))
  })

const leave = (index: number): Command =>
  step(`leave ${index}`, (model, { semaphore }) => {
    const [one] = model.waiting.splice(index % Math.max(1, model.waiting.length), 1)
    if (one === undefined) return
    expect([semaphore.queue.leave(one.place), semaphore.queue.leave(one.place)]).toEqual([true, false])
  })

const resize = (permits: number): Command =>
  step(`resize ${permits}`, (model, { semaphore }) => {
    model.permits = permits
    semaphore.resize(permits)
    for (;;) {
      const next = semaphore.next()?.value
      expect(next).toBe(granted(model))
      if (next === undefined) return
    }
  })

test('permits go by rank and then by arrival, and nobody past the queue', () => {
  const rank = fc.constantFrom<Rank>(0, 1, 2)
  const commands = fc.commands(
    [
      rank.map(acquire),
      rank.map(acquire),
      fc.constant(undefined).map(release),
      fc.nat(5).map(leave),
      fc.integer({ min: 1, max: 4 }).map(resize),
    ],
    { size: '+1' },
  )
  fc.assert(
    fc.property(commands, (steps) => {
      fc.modelRun(
        () => ({
          model: { permits: 2, held: 0, waiting: [] },
          real: { semaphore: new Semaphore<number>(2, capacity) },
        }),
        steps,
      )
    }),
    { numRuns: 300 },
  )
})

test('without a queue nobody waits', () => {
  const semaphore = new Semaphore<number>(1, 0)
  const place = new Place(1, 0)
  expect([semaphore.tryAcquire(), semaphore.tryAcquire(), semaphore.queue.enter(place)]).toEqual([true, false, place])
})
