import { abortListeners, eachProtocol, leakCheck, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'

describe.each(eachProtocol)('an abort over $name', (protocol) => {
  test('before the call sends nothing', async () => {
    await using set = await scene((_request, response) => void response.end(), {}, protocol)
    const reason = new Error('changed my mind')
    const error = await rejection(set.api.post('/', 'x', { signal: AbortSignal.abort(reason) }))
    expect(error).toMatchObject({ name: 'AbortedError', code: 'aborted', sent: 'no', cause: reason })
    const controller = new AbortController()
    const call = set.api.get('/', { signal: controller.signal })
    controller.abort()
    expect(await rejection(call)).toMatchObject({ code: 'aborted', sent: 'no' })
    expect(set.server.requests).toBe(0)
  })

  test('while it waits for the head', async () => {
    await using set = await scene(() => undefined, {}, protocol)
    const controller = new AbortController()
    const call = rejection(set.api.get('/', { signal: controller.signal }))
    await expect.poll(() => set.server.requests).toBe(1)
    controller.abort()
    expect(await call).toMatchObject({ code: 'aborted', sent: 'maybe' })
    expect(abortListeners(controller.signal)).toBe(0)
  })

  test('while the body comes, for every reader', async () => {
    await using set = await scene((_request, response) => void response.write('abc'), {}, protocol)
    for (const read of ['text', 'bytes', 'json', 'stream', 'toWeb', 'toNode'] as const) {
      const controller = new AbortController()
      const { signal } = controller
      const response = await set.api.get('/', { signal })
      const body = response[read]()
      const failure =
        body instanceof Promise
          ? rejection(body)
          : rejection(
              (async () => {
                for await (const chunk of body) expect(Buffer.from(chunk).toString()).toBe('abc')
              })(),
            )
      await turn()
      controller.abort()
      const error = await failure
      expect([read, error]).toMatchObject([read, { code: 'aborted', sent: 'yes' }])
      expect(abortListeners(signal)).toBe(0)
    }
  })
})

test('an abort in the queue', async () => {
  await using set = await scene(() => undefined, { pool: { maxConnections: 1 } })
  const first = rejection(set.api.get('/first'))
  await expect.poll(() => set.server.requests).toBe(1)
  const controller = new AbortController()
  const second = rejection(set.api.get('/second', { signal: controller.signal }))
  await turn()
  controller.abort('enough')
  expect(await second).toMatchObject({ code: 'aborted', sent: 'no', cause: 'enough' })
  expect(set.server.requests).toBe(1)
  expect(abortListeners(controller.signal)).toBe(0)
  await set.api.destroy()
  expect(await first).toMatchObject({ code: 'aborted' })
})

test('after the end an abort does nothing', async () => {
  await using set = await scene((_request, response) => void response.end('abc'))
  const controller = new AbortController()
  const response = await set.api.get('/', { signal: controller.signal })
  const text = await response.text()
  controller.abort()
  expect(text).toBe('abc')
})

test('one signal for calls of several ends', async () => {
  await using set = await scene(() => undefined)
  const controller = new AbortController()
  const calls = Array.from({ length: 20 }, () => rejection(set.api.get('/', { signal: controller.signal })))
  await expect.poll(() => set.server.requests).toBe(20)
  controller.abort()
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'aborted' })
  expect(abortListeners(controller.signal)).toBe(0)
})

test('10,000 calls on one signal leave no listener', async () => {
  const { signal } = new AbortController()
  const warnings: Error[] = []
  const listen = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listen)
  await using leaks = leakCheck({ signals: [signal], withinMs: 2_000 })
  let served = 0
  await using set = await scene(
    (_request, response) => {
      served += 1
      if (served % 50 === 0) response.destroy()
      else if (served % 51 !== 0) response.end('{}')
    },
    { pool: { maxConnections: 20 } },
  )
  const memory = createClient('http://a.test', {
    transport: mockTransport((_request, call) => {
      if (call.attempt > 0) throw new Error('unused')
      throw new Error('broken')
    }),
  })
  for (let round = 0; round < 20; round += 1) {
    const calls = Array.from({ length: 500 }, (_value, at) => {
      if (at % 5 === 0) return memory.get('/', { signal })
      if (at % 5 === 1) return set.api.get('http://127.0.0.1:1/', { signal }).text()
      if (at % 97 === 0) return set.api.get('/', { signal, timeout: 1 }).text()
      if (at % 98 === 0) return set.api.get('/', { signal: AbortSignal.any([signal, AbortSignal.abort()]) }).text()
      return set.api.post('/', { at }, { signal, timeout: 100 }).json()
    })
    await Promise.allSettled(calls)
  }
  expect(abortListeners(signal)).toBe(0)
  process.off('warning', listen)
  expect(warnings).toEqual([])
  await set.api.destroy()
  await set.server.close()
  await leaks.check()
})
