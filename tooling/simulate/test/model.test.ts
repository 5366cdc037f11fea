import { createPipeline } from '@halyard/core'
import { expect, test } from 'vitest'
import { Latencies } from '../src/measure/latencies.ts'
import { exponentialMs, logNormalMs, seeded } from '../src/model/chance.ts'
import { Server } from '../src/model/server.ts'
import { wire } from '../src/model/wire.ts'
import { EventClock } from '../src/time/event-clock.ts'

function rig(settings: { workers: number; queue: number; outage?: { fromMs: number; toMs: number } }): {
  readonly clock: EventClock
  readonly server: Server
  /** When it ended, and how. */
  readonly get: () => Promise<string>
} {
  const clock = new EventClock(seeded(1))
  const server = new Server(clock, { serviceMs: () => 100, ...settings })
  const transport = wire({ servers: new Map([['http://server', server]]), networkMs: 1, headersMs: 1000 })
  const api = createPipeline({ transport, baseUrl: 'http://server', clock })
  const get = (): Promise<string> =>
    api.get('/').then(
      ({ status }) => `${clock.now()}: ${status}`,
      (error: unknown) => `${clock.now()}: ${error instanceof Error ? error.name : 'not an error'}`,
    )
  return { clock, server, get }
}

test('timers fire in order of due time, then of arming; cancelled ones do not', async () => {
  const clock = new EventClock(seeded(1))
  const fired: string[] = []
  const random = seeded(2)
  const due = Array.from({ length: 200 }, () => Math.floor(random() * 50))
  const cancels = due.map((ms, index) => clock.after(ms, () => fired.push(`${clock.now()} ${index}`)))
  for (const [index, cancel] of cancels.entries()) if (index % 3 === 0) cancel()
  await clock.run(1000)
  const expected = due
    .map((ms, index) => ({ ms, index }))
    .filter(({ index }) => index % 3 !== 0)
    .toSorted((left, right) => left.ms - right.ms || left.index - right.index)
  expect(fired).toEqual(expected.map(({ ms, index }) => `${ms} ${index}`))
  expect(clock.now()).toBe(1000)
})

test('promises settle before the next timer fires', async () => {
  const clock = new EventClock(seeded(1))
  const seen: string[] = []
  const chain = async (): Promise<void> => {
    for (let step = 0; step < 20; step += 1) await Promise.resolve()
    seen.push(`settled at ${clock.now()}`)
  }
  clock.after(1, () => void chain())
  clock.after(2, () => seen.push('second'))
  await clock.run(3)
  expect(seen).toEqual(['settled at 1', 'second'])
})

test('a server has so many workers and places to wait, and says 503 beyond', async () => {
  const { clock, server, get } = rig({ workers: 1, queue: 2 })
  const answers = [get(), get(), get(), get()]
  await clock.run(5000)
  expect(await Promise.all(answers)).toEqual(['101: 200', '201: 200', '301: 200', '1: 503'])
  expect([server.arrived, server.done, server.wasted, server.waiting]).toEqual([4, 3, 0, 0])
})

test('a server that hangs takes requests, and works for clients that have gone', async () => {
  const { clock, server, get } = rig({ workers: 1, queue: 10, outage: { fromMs: 0, toMs: 2000 } })
  const answer = get()
  await clock.run(5000)
  expect(await answer).toBe('1000: TimeoutError')
  expect([server.done, server.wasted]).toEqual([1, 1])
})

test('times are drawn as they are said to be', () => {
  const random = seeded(3)
  const [waits, services] = [new Latencies(), new Latencies()]
  for (let draw = 0; draw < 20_000; draw += 1) {
    waits.add(exponentialMs(random, 100))
    services.add(logNormalMs(random, 80, 0.3))
  }
  expect(waits.at(0.5)).toBeCloseTo(100 * Math.LN2, -0.5)
  expect(services.at(0.5)).toBeCloseTo(80, -0.5)
  expect(services.at(0.84)).toBeCloseTo(80 * Math.exp(0.3), -0.7)
})

test('quantiles are exact', () => {
  const latencies = new Latencies()
  for (const ms of [5, 1, 4, 2, 3, 10, 9, 8, 7, 6]) latencies.add(ms)
  expect([0, 0.5, 0.9, 0.91, 1].map((quantile) => latencies.at(quantile))).toEqual([1, 5, 9, 10, 10])
})
