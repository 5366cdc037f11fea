import { fakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Brake } from '../../src/progress/brake.ts'

describe('a brake', () => {
  test('lets an eighth of a second pass at once, and the rest when it is paid for', async () => {
    const clock = fakeClock()
    const brake = new Brake(clock, 8_000)
    expect(brake.burstBytes).toBe(1_000)
    expect(brake.take(600)).toBeUndefined()
    expect(brake.take(400)).toBeUndefined()
    let hasPassed = false
    void brake.take(800)?.then(() => void (hasPassed = true))
    await clock.advance(99)
    expect(hasPassed).toBe(false)
    await clock.advance(1)
    expect(hasPassed).toBe(true)
  })

  test('holds at most an eighth of a second after a pause', async () => {
    const clock = fakeClock({ startMs: 5_000 })
    const brake = new Brake(clock, 8_000)
    await clock.advance(3_600_000)
    expect(brake.take(1_000)).toBeUndefined()
    expect(brake.take(1)).toBeInstanceOf(Promise)
  })

  test('is exact over long runs, for takes of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 100 }),
        async (rate, takes) => {
          const clock = fakeClock()
          const brake = new Brake(clock, rate)
          let sum = 0
          const pass = (async () => {
            for (const bytes of takes) {
              await brake.take(bytes)
              sum += bytes
              // Never ahead of the rate by more than the bucket.
              expect(sum).toBeLessThanOrEqual(((clock.now() + 125) * rate) / 1_000 + 1e-3 * sum)
            }
          })()
          await clock.runAll()
          await pass
          const dueMs = Math.max(0, (sum * 1_000) / rate - 125)
          expect(Math.abs(clock.now() - dueMs)).toBeLessThanOrEqual(dueMs * 1e-9 + 1e-6)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('makes up for timers that fire late', async () => {
    const clock = fakeClock()
    // Each timer 17 ms late.
    const late = { ...clock, now: () => clock.now(), after: (ms: number, run: () => void) => clock.after(ms + 17, run) }
    const brake = new Brake(late, 100_000)
    const run = (async () => {
      for (let sent = 0; sent < 1_000_000; sent += 1_000) await brake.take(1_000)
    })()
    await clock.runAll()
    await run
    expect(clock.now()).toBeGreaterThanOrEqual(9_875)
    expect(clock.now()).toBeLessThanOrEqual(9_875 + 17)
  })

  test('is shared: several flows have the rate together, in the order in which they ask', async () => {
    const clock = fakeClock()
    const brake = new Brake(clock, 1_000)
    void brake.take(125)
    const passed: string[] = []
    for (const name of ['a', 'b', 'c']) void brake.take(100)?.then(() => passed.push(`${name} ${clock.now()}`))
    await clock.runAll()
    expect(passed).toEqual(['a 100', 'b 200', 'c 300'])
  })

  test('a rate below its bucket still moves', async () => {
    const clock = fakeClock()
    const brake = new Brake(clock, 1)
    expect(brake.burstBytes).toBe(1)
    const run = (async () => {
      for (let sent = 0; sent < 10; sent += 1) await brake.take(1)
    })()
    await clock.runAll()
    await run
    expect(clock.now()).toBe(9_875)
  })

  test('a wait that is left leaves no timer', () => {
    const clock = fakeClock()
    const brake = new Brake(clock, 1_000)
    const never = (): never => {
      throw new Error('it passed')
    }
    expect(brake.wait(125, never)).toBeUndefined()
    const leave = brake.wait(100, never)
    expect(clock.pending).toBe(1)
    leave?.()
    expect(clock.pending).toBe(0)
  })
})
