import { httpRequest, newCall, noHeaders, respond, Watched } from '@halyard/core'
import { expect, test } from 'vitest'
import { fakeClock, fakeRuntime } from '../../src/index.ts'

const request = httpRequest({
  method: 'GET',
  origin: 'http://a.test',
  path: '/x?secret',
  headers: noHeaders,
  body: undefined,
})

test('it runs on its clock', async () => {
  const clock = fakeClock()
  await using runtime = fakeRuntime({ clock })
  expect(runtime.clock).toBe(clock)
  clock.random = () => 0.75
  const slept = runtime.sleep(1000).then(() => runtime.now())
  await clock.advance(1500)
  expect(await slept).toBe(1000)
  expect([runtime.now(), runtime.date() - clock.date(), runtime.random()]).toEqual([1500, 0, 0.75])
})

test('its watchdog runs on its clock too', async () => {
  class Limit extends Watched {
    due: number | undefined
    override onDue(now: number): void {
      this.due = now
    }
  }
  await using runtime = fakeRuntime()
  const limit = new Limit()
  runtime.watchdog.watch(limit, 500)
  await runtime.clock.advance(600)
  expect(limit.due).toBe(500)
})

test('`send` is the handler that was given; without one it throws, naming the request and not its query', async () => {
  const response = respond()
  await using given = fakeRuntime({ send: () => Promise.resolve(response) })
  expect(await given.send(request, newCall())).toBe(response)
  await using bare = fakeRuntime()
  expect(() => bare.send(request, newCall())).toThrow('GET http://a.test/x: the fake runtime was given no `send`')
})

test('closing runs what was registered, last first', async () => {
  const runtime = fakeRuntime()
  const closed: number[] = []
  runtime.onClose(() => void closed.push(1))
  runtime.onClose(() => void closed.push(2))
  await runtime.close()
  await runtime.close()
  expect(closed).toEqual([2, 1])
})
