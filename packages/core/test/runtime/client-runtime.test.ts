import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { ClientRuntime, systemClock, Watched } from '../../src/index.ts'
import { ManualClock } from '../manual-clock.ts'

describe('sleep', () => {
  test('resolves after its time, and lets go of the signal', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const sleeping = new ClientRuntime(clock).sleep(10, signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    clock.advance(10)
    await expect(sleeping).resolves.toBeUndefined()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('rejects with the signal’s reason, and lets go of the timer', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const sleeping = new ClientRuntime(clock).sleep(10, controller.signal)
    controller.abort('why')
    await expect(sleeping).rejects.toBe('why')
    expect(clock.pending).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  test('does not begin where the signal is aborted already', async () => {
    const clock = new ManualClock()
    await expect(new ClientRuntime(clock).sleep(10, AbortSignal.abort('why'))).rejects.toBe('why')
    expect(clock.pending).toBe(0)
  })
})

describe('close', () => {
  test('disposes last first, once, one after another', async () => {
    const runtime = new ClientRuntime(new ManualClock())
    const order: string[] = []
    runtime.onClose(() => void order.push('first'))
    runtime.onClose(async () => {
      await Promise.resolve()
      order.push('second')
    })
    runtime.onClose(() => void order.push('third'))
    const closing = runtime.close()
    expect(runtime.close()).toBe(closing)
    await closing
    await runtime.close()
    expect(order).toEqual(['third', 'second', 'first'])
  })

  test('goes on where one fails, then tells of all that failed', async () => {
    const runtime = new ClientRuntime(new ManualClock())
    const order: string[] = []
    runtime.onClose(() => void order.push('first'))
    runtime.onClose(() => {
      throw new Error('sync')
    })
    runtime.onClose(() => Promise.reject(new Error('async')))
    const failure: unknown = await runtime.close().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AggregateError)
    expect(failure).toMatchObject({ errors: [new Error('async'), new Error('sync')] })
    expect(order).toEqual(['first'])
  })

  test('leaves no timer of the watchdog', async () => {
    const clock = new ManualClock()
    const runtime = new ClientRuntime(clock)
    runtime.watchdog.watch(
      new (class extends Watched {
        override onDue(): void {}
      })(),
      10,
    )
    expect(clock.pending).toBe(1)
    await runtime.close()
    expect(clock.pending).toBe(0)
  })
})

test('a runtime’s time and chance are its clock’s', () => {
  const clock = new ManualClock()
  const runtime = new ClientRuntime(clock)
  clock.advance(5)
  expect([runtime.now(), runtime.date(), runtime.random()]).toEqual([5, 1_700_000_000_005, 0.5])
  runtime.after(10, () => undefined)()
  expect(clock.pending).toBe(0)
})

describe('the machine’s clock', () => {
  test('goes forward, and chance is from 0 to 1', () => {
    const before = systemClock.now()
    expect(systemClock.now()).toBeGreaterThanOrEqual(before)
    expect(systemClock.date()).toBeGreaterThan(1_700_000_000_000)
    const chance = systemClock.random()
    expect(chance >= 0 && chance < 1).toBe(true)
  })

  test('fires, and not where it was cancelled', async () => {
    const order: string[] = []
    const cancel = systemClock.after(0, () => void order.push('cancelled'))
    cancel()
    cancel()
    await new Promise<void>((resolve) => void systemClock.after(0, resolve))
    expect(order).toEqual([])
  })

  test.each([2 ** 31, Infinity, Number.MAX_VALUE])('%d milliseconds, which would fire at once, are cut', (ms) => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    systemClock.after(ms, () => undefined)()
    const [, given] = set.mock.lastCall ?? []
    set.mockRestore()
    expect(given).toBe(2 ** 31 - 1)
  })
})
