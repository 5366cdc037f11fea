import { constant } from '@halyard/resilience/retry'
import { leakCheck, rawServer, type RawConnection } from '@halyard/testing'
import { expect, test } from 'vitest'
import { createClient, type ClientConfig, type HttpClient, type Middleware } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'
import { serveAll } from './kit/fault-server.ts'
import { until } from './kit/until.ts'

/** Breaks its first connections after the request, and serves the others. */
function breaking(faults: number): (connection: RawConnection) => Promise<void> {
  return async (connection) => {
    if (connection.index >= faults) {
      await serveAll(connection)
      return
    }
    await connection.receiveRequest()
    await connection.reset()
  }
}

/** Two endpoints that break each of their first requests. */
async function two(
  faults: readonly [number, number],
  config: ClientConfig,
  work: (api: HttpClient, requests: () => readonly number[]) => Promise<void>,
): Promise<void> {
  await using leaks = leakCheck({ withinMs: 2_000 })
  const servers = [await rawServer(breaking(faults[0])), await rawServer(breaking(faults[1]))]
  const api = createClient(
    servers.map(({ origin }) => origin),
    { retry: { backoff: constant({ ms: 0 }) }, ...config },
  )
  try {
    await work(api, () => servers.map(({ requests }) => requests))
  } finally {
    await api.close()
    for (const server of servers) await server.close()
    await leaks.check()
  }
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

test('a request that broke at one endpoint goes on to the other, within the attempt', async () => {
  await two([1, 1], { retry: false, balance: { strategy: 'ordered' } }, async (api, requests) => {
    expect(await rejection(api.get('/'))).toMatchObject({ code: 'rejected', by: 'endpoints', sent: 'maybe' })
    expect(requests()).toEqual([1, 1])
    expect(await api.get('/').text()).toBe('good')
    expect(total(requests())).toBe(3)
  })
})

test('a request that broke at all of them is sent again: they are no worse than one that breaks', async () => {
  await two([1, 1], {}, async (api, requests) => {
    expect(await api.get('/').text()).toBe('good')
    expect(total(requests())).toBe(3)
  })
})

test('three attempts, each at every endpoint', async () => {
  await two([9, 9], {}, async (api, requests) => {
    const error = await rejection(api.get('/'))
    expect(error).toMatchObject({ code: 'rejected', by: 'endpoints', sent: 'maybe' })
    expect(error).toHaveProperty('suppressed.length', 2)
    // The fifth failure in a row would eject one of them, and comes too late.
    expect(requests()).toEqual([3, 3])
  })
})

test.each([
  { name: 'POST', options: {}, requests: 1 },
  { name: 'POST with a key', options: { idempotencyKey: 'k-1' }, requests: 3 },
])('$name: $requests', async ({ options, requests: expected }) => {
  await two([1, 1], {}, async (api, requests) => {
    const call = api.post('/', 'x', options).text()
    if (expected === 1) expect(await rejection(call)).toMatchObject({ code: 'socket', sent: 'maybe' })
    else expect(await call).toBe('good')
    expect(total(requests())).toBe(expected)
  })
})

test('what breaks where all others are left out is sent again', async () => {
  const config: ClientConfig = {
    balance: { strategy: 'ordered', panicRatio: 0 },
    outlier: { consecutiveFailures: 1, ejectMs: 60_000 },
  }
  await two([1, 1], config, async (api, requests) => {
    // The first is ejected, and the second breaks; it cannot be ejected as well.
    expect(await api.get('/').text()).toBe('good')
    expect(requests()).toEqual([1, 2])
  })
})

test('a stream whose endpoint refuses the connection goes nowhere, and never as an empty body', async () => {
  await using leaks = leakCheck({ withinMs: 2_000 })
  await using gone = await rawServer(serveAll)
  await using well = await rawServer(serveAll)
  const { origin } = gone
  await gone.close()
  const api = createClient([origin, well.origin], {
    retry: { backoff: constant({ ms: 0 }) },
    balance: { strategy: 'ordered' },
  })
  const error = await rejection(api.put('/', ReadableStream.from([Buffer.from('x')])))
  expect(error).toMatchObject({ code: 'connect', reason: 'refused', sent: 'no' })
  expect(well.requests).toBe(0)
  // What can be opened again goes on.
  expect(await api.post('/', () => ReadableStream.from([Buffer.from('x')])).text()).toBe('good')
  expect(well.requests).toBe(1)
  await api.close()
  await well.close()
  await leaks.check()
})

test('two of three are down by their health checks: no call fails, and nobody asks the dead', async () => {
  await using leaks = leakCheck({ withinMs: 2_000 })
  await using well = await rawServer(serveAll)
  const dead = [await rawServer(serveAll), await rawServer(serveAll)]
  const origins = dead.map(({ origin }) => origin)
  for (const server of dead) await server.close()
  let toDead = 0
  const counting: Middleware = {
    name: 'counting',
    wrap: (next) => (request, call) => {
      if (request.origin !== well.origin) toDead += 1
      return next(request, call)
    },
  }
  const api = createClient([...origins, well.origin], {
    health: { intervalMs: 100, timeoutMs: 90 },
    outlier: false,
    balance: { strategy: 'round-robin' },
    use: { attempt: [counting] },
  })
  await until(() => api.endpoints().filter(({ healthy }) => !healthy).length === 2, 'both are found out')
  for (let calls = 0; calls < 30; calls += 1) expect(await api.get('/').text()).toBe('good')
  expect(toDead).toBe(0)
  await api.close()
  await well.close()
  await leaks.check()
})
