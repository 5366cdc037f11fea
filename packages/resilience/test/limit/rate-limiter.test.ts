import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RateLimiter } from '../../src/limit/rate-limiter.ts'
import { SlidingWindow } from '../../src/limit/sliding-window.ts'
import { TokenBucket } from '../../src/limit/token-bucket.ts'
import { manualClock, type ManualClock } from './kit/manual-clock.ts'

interface Model {
  now: number
  take(): boolean
  pause?(until: number): void
}

/** A bucket that is poured into, millisecond by millisecond. */
class BucketModel implements Model {
  now = 0
  readonly #permits: number
  readonly #perMs: number
  #tokens: number
  #pouredAt = 0

  constructor(permits: number, perMs: number) {
    this.#permits = permits
    this.#perMs = perMs
    // In units of 1/perMs of a token: then everything is a whole number.
    this.#tokens = permits * perMs
  }

  take(): boolean {
    for (; this.#pouredAt < this.now; this.#pouredAt += 1) {
      this.#tokens = Math.min(this.#permits * this.#perMs, this.#tokens + this.#permits)
    }
    if (this.#tokens < this.#perMs) return false
    this.#tokens -= this.#perMs
    return true
  }
}

/** A log of all that was taken. */
class LogModel implements Model {
  now = 0
  readonly #permits: number
  readonly #perMs: number
  readonly #taken: number[] = []
  #pausedUntil = -1

  constructor(permits: number, perMs: number) {
    this.#permits = permits
    this.#perMs = perMs
  }

  take(): boolean {
    const within = this.#taken.filter((at) => at > this.now - this.#perMs).length
    if (this.now < this.#pausedUntil || within >= this.#permits) return false
    this.#taken.push(this.now)
    return true
  }

  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }
}

interface Real {
  readonly clock: ManualClock
  readonly limiter: RateLimiter
}

type Command = fc.Command<Model, Real>

const advance = (ms: number): Command => ({
  check: () => true,
  run: (model, { clock }) => {
    model.now += ms
    clock.ms += ms
  },
  toString: () => `advance ${ms}`,
})

const take = (): Command => ({
  check: () => true,
  run: (model, { limiter }) => {
    const isThere = limiter.waitMs(1) === 0
    const took = limiter.take()
    expect([took, isThere]).toEqual([model.take(), took])
  },
  toString: () => 'take',
})

const pause = (ms: number): Command => ({
  check: () => true,
  run: (model, { clock, limiter }) => {
    model.pause?.(model.now + ms)
    limiter.pause(clock.ms + ms)
  },
  toString: () => `pause ${ms}`,
})

const steps = [
  fc.constantFrom(1, 3, 10, 33, 34, 100).map(advance),
  fc.constant(undefined).map(take),
  fc.constant(undefined).map(take),
  fc.constant(undefined).map(take),
]

const sizes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 7, 100, 1000))

test('a token bucket gives what is poured in, and no more', () => {
  fc.assert(
    fc.property(sizes, fc.commands(steps, { size: '+1' }), ([permits, perMs], commands) => {
      fc.modelRun(() => {
        const clock = manualClock()
        return {
          model: new BucketModel(permits, perMs),
          real: { clock, limiter: new TokenBucket(clock, permits, perMs) },
        }
      }, commands)
    }),
    { numRuns: 200 },
  )
})

test('a sliding window gives what a log of everything leaves', () => {
  const withPauses = fc.commands([...steps, fc.constantFrom(1, 50, 500).map(pause)], { size: '+1' })
  fc.assert(
    fc.property(sizes, withPauses, ([permits, perMs], commands) => {
      fc.modelRun(() => {
        const clock = manualClock()
        return {
          model: new LogModel(permits, perMs),
          real: { clock, limiter: new SlidingWindow(clock, permits, perMs) },
        }
      }, commands)
    }),
    { numRuns: 200 },
  )
})

const kinds: readonly (readonly [string, (clock: ManualClock, permits: number, perMs: number) => RateLimiter])[] = [
  ['token bucket', (clock, permits, perMs) => new TokenBucket(clock, permits, perMs)],
  ['sliding window', (clock, permits, perMs) => new SlidingWindow(clock, permits, perMs)],
]

describe.each(kinds)('%s', (kind, make) => {
  test('the wait for the n-th permit is the time at which it is there', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(60), { maxLength: 12 }),
        fc.option(fc.nat(200)),
        ([permits, perMs], count, gaps, pauseMs) => {
          const clock = manualClock(123)
          const limiter = make(clock, permits, perMs)
          for (const gap of gaps) {
            limiter.take()
            clock.ms += gap
          }
          if (pauseMs !== null) limiter.pause(clock.ms + pauseMs)
          const at = clock.ms + limiter.waitMs(count)
          // Whoever takes each permit as it comes has the n-th then.
          let taken = 0
          while (taken < count) {
            clock.ms += limiter.waitMs(1)
            expect(limiter.take()).toBe(true)
            taken += 1
          }
          expect(clock.ms).toBeCloseTo(at, 5)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('nothing while it is paused; a shorter pause changes nothing', () => {
    const clock = manualClock()
    const limiter = make(clock, 5, 100)
    limiter.pause(1000)
    limiter.pause(300)
    clock.ms = 999
    expect([limiter.take(), limiter.isFull, limiter.waitMs(1)]).toEqual([false, false, 1])
    clock.ms = 1000
    const taken = Array.from({ length: 9 }, () => limiter.take()).filter(Boolean)
    // Of a bucket, one by one: whoever asked to be left alone is not met by all who waited.
    expect(taken).toHaveLength(kind === 'token bucket' ? 1 : 5)
  })

  test('is full when all are there again', () => {
    const clock = manualClock()
    const limiter = make(clock, 4, 100)
    expect(limiter.isFull).toBe(true)
    limiter.take()
    expect(limiter.isFull).toBe(false)
    clock.ms += 99
    expect(limiter.isFull).toBe(kind === 'token bucket')
    clock.ms += 1
    expect(limiter.isFull).toBe(true)
  })
})
