import { fakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TransferMeter, type TransferMeterInit } from '../../src/progress/transfer-meter.ts'
import type { TransferProgress } from '../../src/progress/transfer-progress.ts'

function metered(init: Partial<TransferMeterInit> = {}) {
  const clock = fakeClock()
  const told: TransferProgress[] = []
  const meter = new TransferMeter({
    clock,
    totalBytes: undefined,
    attempt: 0,
    listener: (progress) => void told.push(progress),
    ...init,
  })
  return { clock, told, meter, last: () => told.at(-1) }
}

describe('what is told', () => {
  test('0 at the start, each chunk, and nothing at the end that was said already', () => {
    const { meter, told } = metered({ totalBytes: 30, attempt: 2 })
    meter.start()
    meter.add(10)
    meter.add(20)
    meter.end()
    expect(told.map(({ transferredBytes, ratio }) => [transferredBytes, ratio])).toEqual([
      [0, 0],
      [10, 1 / 3],
      [30, 1],
    ])
    expect(told.every(({ totalBytes, attempt }) => totalBytes === 30 && attempt === 2)).toBe(true)
  })

  test('a total that nobody knew is told at the end, once', () => {
    const { meter, told, last } = metered()
    meter.start()
    meter.add(10)
    expect(last()).toMatchObject({ transferredBytes: 10, totalBytes: undefined, ratio: undefined, etaMs: undefined })
    meter.end()
    meter.end()
    expect(told).toHaveLength(3)
    expect(last()).toMatchObject({ transferredBytes: 10, totalBytes: 10, ratio: 1, etaMs: 0 })
  })

  test('a body that ends short of its length is not said to be whole', () => {
    const { meter, last } = metered({ totalBytes: 30 })
    meter.start()
    meter.add(10)
    meter.end()
    expect(last()).toMatchObject({ transferredBytes: 10, totalBytes: 30, ratio: 1 / 3 })
  })

  test('a body without bytes is whole from the start', () => {
    const { meter, told } = metered({ totalBytes: 0 })
    meter.start()
    meter.end()
    expect(told).toEqual([{ transferredBytes: 0, totalBytes: 0, ratio: 1, bytesPerSecond: 0, etaMs: 0, attempt: 0 }])
  })

  test('empty chunks say nothing', () => {
    const { meter, told } = metered()
    meter.start()
    meter.add(0)
    expect(told).toHaveLength(1)
  })

  test('what an earlier run transferred counts, and not for the rate', async () => {
    const { meter, clock, told, last } = metered({ totalBytes: 1_000, startBytes: 900 })
    meter.start()
    expect(told[0]).toMatchObject({ transferredBytes: 900, ratio: 0.9, bytesPerSecond: 0 })
    await clock.advance(1_000)
    meter.add(50)
    expect(last()).toMatchObject({ transferredBytes: 950, ratio: 0.95, bytesPerSecond: 50, etaMs: 1_000 })
  })

  test('the ratio is never more than 1, whatever was announced', () => {
    const { meter, last } = metered({ totalBytes: 5 })
    meter.start()
    meter.add(10)
    expect(last()).toMatchObject({ transferredBytes: 10, ratio: 1, etaMs: 0 })
  })

  test('what the listener throws comes out of where it was told', () => {
    const failure = new Error('the bar is broken')
    const { meter } = metered({
      listener: () => {
        throw failure
      },
    })
    expect(() => meter.start()).toThrow(failure)
    expect(() => meter.add(1)).toThrow(failure)
    expect(() => meter.end()).toThrow(failure)
  })

  test('a polluted prototype has transferred nothing', () => {
    Object.defineProperty(Object.prototype, 'startBytes', { value: 7, configurable: true })
    try {
      const { meter, last } = metered()
      meter.start()
      expect(last()?.transferredBytes).toBe(0)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'startBytes')
    }
  })
})

describe('the rate', () => {
  test('is 0 before any time has passed, and the rest cannot be told', () => {
    const { meter, last } = metered({ totalBytes: 30 })
    meter.start()
    meter.add(10)
    expect(last()).toMatchObject({ bytesPerSecond: 0, etaMs: undefined })
  })

  test('is over all of a short transfer', async () => {
    const { meter, clock, last } = metered({ totalBytes: 4_000 })
    meter.start()
    await clock.advance(500)
    meter.add(1_000)
    expect(last()).toMatchObject({ bytesPerSecond: 2_000, etaMs: 1_500 })
  })

  test('of an even flow is that of the flow, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 400 }),
        async (stepMs, bytesPerMs, steps) => {
          const { meter, clock, last } = metered()
          meter.start()
          for (let step = 0; step < Math.min(steps, 20_000 / stepMs); step += 1) {
            await clock.advance(stepMs)
            meter.add(stepMs * bytesPerMs)
          }
          expect(last()?.bytesPerSecond).toBeCloseTo(bytesPerMs * 1_000, 3)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('follows a change within the window', async () => {
    const { meter, clock, last } = metered()
    meter.start()
    for (let tick = 0; tick < 200; tick += 1) {
      await clock.advance(100)
      meter.add(100_000)
    }
    expect(last()?.bytesPerSecond).toBeCloseTo(1_000_000)
    for (let tick = 0; tick < 52; tick += 1) {
      await clock.advance(100)
      meter.add(10_000)
    }
    expect(last()?.bytesPerSecond).toBeCloseTo(100_000)
  })

  test('after a pause is that of the flow as soon as the window has passed', async () => {
    const { meter, clock, last } = metered()
    meter.start()
    await clock.advance(1_000)
    meter.add(5_000)
    await clock.advance(60_000)
    meter.add(100)
    // The one chunk is spread over the minute that it took.
    expect(last()?.bytesPerSecond).toBeCloseTo(100 / 60)
    for (let tick = 0; tick < 51; tick += 1) {
      await clock.advance(100)
      meter.add(100_000)
    }
    expect(last()?.bytesPerSecond).toBeCloseTo(1_000_000)
  })

  test('never runs ahead of what was transferred', async () => {
    const step = fc.record({ ms: fc.integer({ min: 0, max: 8_000 }), bytes: fc.integer({ min: 1, max: 1_000_000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const { meter, clock, told } = metered()
        meter.start()
        let sum = 0
        for (const { ms, bytes } of steps) {
          await clock.advance(ms)
          meter.add(bytes)
          sum += bytes
          const last = told.at(-1)
          expect(last?.transferredBytes).toBe(sum)
          expect(last?.bytesPerSecond).toBeGreaterThanOrEqual(0)
          // All of it within the window, at most.
          const spanMs = Math.min(clock.now(), 5_000)
          if (spanMs > 0) expect(last?.bytesPerSecond).toBeLessThanOrEqual((sum * 1_000) / spanMs + 1e-6)
        }
      }),
      { numRuns: 30 },
    )
  })
})
