import { fakeClock, mockTransport } from '@halyard/testing'
import { expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

function rig() {
  const clock = fakeClock()
  const transport = mockTransport([{ status: 503 }, { status: 503 }, { body: 'third' }])
  const api = createClient('http://a.test', { clock, transport, retry: false })
  return { clock, transport, api }
}

test('a client without retry sends once', async () => {
  const { api, transport } = rig()
  expect((await api.get('/')).status).toBe(503)
  expect(transport.requests).toHaveLength(1)
  expect(api.describe()).toContain('single-attempt')
  expect(api.describe()).not.toContain('retry')
  expect(api.stats()).not.toHaveProperty('retry')
})

test('but for a call that says so', async () => {
  const { api, transport, clock } = rig()
  const text = api.get('/', { retry: { attempts: 3, backoff: () => 50 } }).text()
  await clock.advance(100)
  expect(await text).toBe('third')
  expect(transport.requests).toHaveLength(3)
})

test('an idempotency key is sent all the same', async () => {
  const { api, transport } = rig()
  await api.post('/', 'x', { idempotencyKey: 'k-1' })
  expect(transport.requests.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['k-1'])
})

test('what a call says is checked', async () => {
  const { api, transport } = rig()
  for (const options of [{ retry: { attempts: 0 } }, { retry: { attemps: 2 } as object }, { idempotencyKey: '' }]) {
    expect(await rejection(api.get('/', options))).toMatchObject({ code: 'config' })
  }
  expect(transport.requests).toEqual([])
})
