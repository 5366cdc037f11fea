import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { Watchdog, Watched } from '../../src/index.ts'
import { ManualClock } from '../manual-clock.ts'

class Limit extends Watched {
  readonly calls: number[] = []
  readonly #then: ((limit: Limit) => void) | undefined

  constructor(then?: (limit: Limit) => void) {
    super()
    this.#then = then
  }

  override onDue(now: number): void {
    this.calls.push(now)
    this.#then?.(this)
  }
}

let clock: ManualClock
let watchdog: Watchdog

beforeEach(() => {
  clock = new ManualClock()
  watchdog = new Watchdog(clock)
})

describe('one limit', () => {
  test('is due once, when its time has come', () => {
    const limit = new Limit()
    watchdog.watch(limit, 100)
    clock.advance(99)
    expect(limit.calls).toEqual([])
    clock.advance(1)
    clock.advance(1_000)
    expect(limit.calls).toEqual([100])
    expect(limit.dueAt).toBe(Infinity)
    expect(clock.pending).toBe(0)
  })

  test('moved later by an assignment, it is due then', () => {
    const limit = new Limit()
    watchdog.watch(limit, 100)
    limit.dueAt = 150
    clock.advance(149)
    expect(limit.calls).toEqual([])
    clock.advance(1)
    expect(limit.calls).toEqual([150])
  })

  test('moved earlier by watch, it is due then', () => {
    const limit = new Limit()
    watchdog.watch(limit, 100)
    watchdog.watch(limit, 50)
    clock.advance(50)
    expect(limit.calls).toEqual([50])
  })

  test('without a limit for now, it takes no timer', () => {
    const limit = new Limit()
    watchdog.watch(limit, Infinity)
    expect(clock.pending).toBe(0)
    watchdog.watch(limit, 10)
    limit.dueAt = Infinity
    clock.advance(10)
    expect([limit.calls, clock.pending]).toEqual([[], 0])
  })

  test('that is over already is due in the next turn, not at once', () => {
    clock.advance(100)
    const limit = new Limit()
    watchdog.watch(limit, 10)
    expect(limit.calls).toEqual([])
    clock.advance(0)
    expect(limit.calls).toEqual([100])
  })

  test('no longer watched, it is never due', () => {
    const limit = new Limit()
    watchdog.watch(limit, 100)
    watchdog.unwatch(limit)
    watchdog.unwatch(limit)
    clock.advance(1_000)
    expect([limit.calls, clock.pending]).toEqual([[], 0])
  })

  test('a timer that fires up to a millisecond early is believed', () => {
    const limit = new Limit()
    watchdog.watch(limit, 100.9)
    const early = new Limit()
    watchdog.watch(early, 100)
    clock.advance(100)
    expect(limit.calls).toEqual([100])
  })
})

describe('in onDue', () => {
  test('unwatching another that is due in the same sweep keeps it from being called', () => {
    const other = new Limit()
    const one = new Limit(() => watchdog.unwatch(other))
    watchdog.watch(other, 10)
    watchdog.watch(one, 10)
    clock.advance(10)
    expect([one.calls, other.calls]).toEqual([[10], []])
  })

  test('watching again sets the next time', () => {
    const limit = new Limit((own) => {
      if (own.calls.length < 3) watchdog.watch(own, watchdog.now() + 10)
      else watchdog.unwatch(own)
    })
    watchdog.watch(limit, 10)
    clock.advance(1_000)
    expect(limit.calls).toEqual([10, 20, 30])
    expect(clock.pending).toBe(0)
  })

  test('watching a new one works', () => {
    const added = new Limit()
    const limit = new Limit(() => watchdog.watch(added, 15))
    watchdog.watch(limit, 10)
    clock.advance(15)
    expect(added.calls).toEqual([15])
  })

  test('moving its own time by an assignment is heeded', () => {
    const limit = new Limit((own) => {
      if (own.calls.length === 1) own.dueAt = 30
    })
    watchdog.watch(limit, 10)
    clock.advance(30)
    expect(limit.calls).toEqual([10, 30])
  })

  test('moving another that is due, too, by an assignment is heeded', () => {
    const other = new Limit()
    const one = new Limit(() => {
      other.dueAt = 50
    })
    watchdog.watch(other, 10)
    watchdog.watch(one, 10)
    clock.advance(49)
    expect([one.calls, other.calls]).toEqual([[10], []])
    clock.advance(1)
    expect(other.calls).toEqual([50])
  })

  test('a failure keeps no other from being called', () => {
    const [first, last, later] = [new Limit(), new Limit(), new Limit()]
    const failing = new Limit(() => {
      throw new Error('onDue failed')
    })
    watchdog.watch(first, 10)
    watchdog.watch(failing, 10)
    watchdog.watch(last, 10)
    watchdog.watch(later, 20)
    expect(() => clock.advance(10)).toThrow('onDue failed')
    expect([first.calls, last.calls]).toEqual([[10], [10]])
    clock.advance(20)
    expect(later.calls).toHaveLength(1)
  })
})

describe('many', () => {
  test('with the same time are all called, in one sweep of one timer', () => {
    const limits = Array.from({ length: 1_000 }, () => new Limit())
    for (const limit of limits) watchdog.watch(limit, 10)
    expect(clock.pending).toBe(1)
    clock.advance(10)
    expect(limits.every(({ calls }) => calls.length === 1)).toBe(true)
    expect(clock.pending).toBe(0)
  })

  test('the timer is set anew for an earlier one only', () => {
    watchdog.watch(new Limit(), 100)
    watchdog.watch(new Limit(), 200)
    expect([clock.pending, clock.nextAt]).toEqual([1, 100])
    watchdog.watch(new Limit(), 50)
    expect([clock.pending, clock.nextAt]).toEqual([1, 50])
  })
})

describe('stop', () => {
  test('leaves no timer, and forgets everybody', () => {
    const limits = [new Limit(), new Limit(), new Limit()]
    for (const limit of limits) watchdog.watch(limit, 10)
    watchdog.stop()
    watchdog.stop()
    expect(clock.pending).toBe(0)
    expect(limits.map(({ watched }) => watched)).toEqual([false, false, false])
    clock.advance(100)
    expect(limits.flatMap(({ calls }) => calls)).toEqual([])
  })

  test('letting go of one afterwards brings no other back', () => {
    const [one, other, fresh] = [new Limit(), new Limit(), new Limit()]
    watchdog.watch(one, 10)
    watchdog.watch(other, 10)
    watchdog.stop()
    watchdog.unwatch(other)
    watchdog.watch(fresh, 20)
    clock.advance(20)
    expect([one.calls, other.calls, fresh.calls]).toEqual([[], [], [20]])
  })

  test('one that was forgotten can be watched again', () => {
    const limit = new Limit()
    watchdog.watch(limit, 10)
    watchdog.stop()
    watchdog.watch(limit, 20)
    clock.advance(20)
    expect(limit.calls).toEqual([20])
  })
})

test('whatever happens, each is due just when a list sorted by due times says so', () => {
  const step = fc.record({
    kind: fc.constantFrom('watch', 'later', 'unwatch', 'advance', 'stop'),
    who: fc.nat(5),
    // Whole tens, so that the millisecond of grace never decides.
    ms: fc.nat(12).map((tens) => tens * 10),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const time = new ManualClock()
      const dog = new Watchdog(time)
      const limits = Array.from({ length: 6 }, () => new Limit())
      const due = new Map<Limit, number>()
      const expected = new Map<Limit, number[]>(limits.map((limit) => [limit, []]))
      for (const { kind, who, ms } of steps) {
        const limit = limits[who]
        if (limit === undefined) continue
        const at = time.now() + ms + 10
        if (kind === 'watch') {
          dog.watch(limit, at)
          due.set(limit, at)
        } else if (kind === 'later' && limit.watched && limit.dueAt < at) {
          limit.dueAt = at
          due.set(limit, at)
        } else if (kind === 'unwatch') {
          dog.unwatch(limit)
          due.delete(limit)
        } else if (kind === 'stop') {
          dog.stop()
          due.clear()
          expect(time.pending).toBe(0)
        } else if (kind === 'advance') {
          const end = time.now() + ms
          for (const [one, dueAt] of [...due].toSorted((left, right) => left[1] - right[1])) {
            if (dueAt > end) break
            expected.get(one)?.push(dueAt)
            due.delete(one)
          }
          time.advance(ms)
        }
        expect(time.pending).toBeLessThanOrEqual(1)
        if (due.size > 0) expect(time.nextAt).toBeLessThanOrEqual(Math.min(...due.values()))
      }
      for (const limit of limits) expect(limit.calls).toEqual(expected.get(limit))
      for (const limit of limits) dog.unwatch(limit)
      dog.stop()
      expect(time.pending).toBe(0)
    }),
    { numRuns: 500 },
  )
})
