import { createPipeline, respond, type HttpResponse } from '@halyard/core'
import { fakeClock, mockTransport, type FakeClock, type MockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { balance, type Balancer, type BalanceOptions, type EndpointLike } from '../../src/balance/index.ts'
import { broken, rig } from './kit/backends.ts'

/** What a host answers to a check; nothing at all for `undefined`. */
type Wellness = Record<string, number | undefined>

function checked(
  wellness: Wellness,
  options: BalanceOptions = {},
  endpoints: readonly EndpointLike[] = ['http://a', 'http://b', 'http://c'],
): {
  api: ReturnType<typeof createPipeline>
  balancer: Balancer
  transport: MockTransport
  clock: FakeClock
  asked: (host: string) => number
} {
  const clock = fakeClock()
  clock.random = () => 0
  const transport = mockTransport((request) => {
    const status = wellness[request.url.host]
    return status === undefined ? new Promise<HttpResponse>(() => undefined) : respond({ status, body: 'well?' })
  })
  const balancer = balance(endpoints, { strategy: 'round-robin', health: {}, ...options })
  const api = createPipeline({ transport, baseUrl: balancer.base, use: [balancer], clock })
  const asked = (host: string): number => transport.requests.filter(({ url }) => new URL(url).host === host).length
  return { api, balancer, transport, clock, asked }
}

function healthy(balancer: Balancer): boolean[] {
  return balancer.endpoints().map((endpoint) => endpoint.healthy)
}

describe('health checks', () => {
  test('two bad checks put an endpoint out, one good one brings it back within an interval', async () => {
    const wellness: Wellness = { a: 200, b: 503, c: 200 }
    const { api, balancer, clock, asked } = checked(wellness)
    await clock.advance(0)
    expect(healthy(balancer)).toEqual([true, true, true])
    await clock.advance(5_000)
    expect(healthy(balancer)).toEqual([true, false, true])
    const before = asked('b')
    for (let turn = 0; turn < 20; turn += 1) await (await api.get('/')).body.discard()
    expect(asked('b')).toBe(before)
    wellness['b'] = 204
    await clock.advance(5_000)
    expect(healthy(balancer)).toEqual([true, true, true])
    await api.close()
  })

  test('what fails late, and was begun before an endpoint came back, does not send it away again', async () => {
    const late = Promise.withResolvers<void>()
    let status = 503
    const { balancer, clock, text } = rig(
      ['http://a', 'http://b'],
      { strategy: 'round-robin', health: { path: '/well' }, outlier: { consecutiveFailures: 1 } },
      {
        a: async (request, call) => {
          if (request.path === '/well') return respond({ status })
          await late.promise
          const fail = broken()
          if (typeof fail !== 'function') throw new Error('a function')
          return await fail(request, call)
        },
      },
    )
    const slow = text()
    await clock.advance(5_000)
    expect(healthy(balancer)).toEqual([false, true])
    status = 200
    await clock.advance(5_000)
    expect(healthy(balancer)).toEqual([true, true])
    late.resolve()
    expect(await slow).toBe('b')
    expect(balancer.endpoints()[0]).toMatchObject({ healthy: true, ejectedUntil: undefined, failures: 0 })
    // One that is begun now counts.
    for (let turn = 0; turn < 2; turn += 1) expect(await text()).toBe('b')
    expect(balancer.endpoints()[0]?.ejectedUntil).toBe(10_000 + 30_000)
  })

  test('one that does not answer in time is bad, and the check is cancelled', async () => {
    const { api, balancer, clock, asked } = checked({ a: 200, b: undefined, c: 200 }, { health: { timeoutMs: 300 } })
    await clock.advance(299)
    expect(asked('b')).toBe(1)
    await clock.advance(5_000)
    expect(healthy(balancer)).toEqual([true, true, true])
    await clock.advance(1)
    expect(asked('b')).toBe(2)
    expect(healthy(balancer)).toEqual([true, false, true])
    await api.close()
  })

  test('the settings: path, interval, counts, what is expected', async () => {
    const wellness: Wellness = { a: 418, b: 200 }
    const { api, balancer, transport, clock } = checked(
      wellness,
      {
        health: {
          path: '/healthz?deep=1',
          intervalMs: 100,
          unhealthyAfter: 3,
          healthyAfter: 2,
          expect: ({ status }) => status === 418,
        },
      },
      ['http://a/base', 'http://b'],
    )
    await clock.advance(199)
    expect(healthy(balancer)).toEqual([true, true])
    await clock.advance(1)
    expect(healthy(balancer)).toEqual([true, false])
    wellness['b'] = 418
    await clock.advance(100)
    expect(healthy(balancer)).toEqual([true, false])
    await clock.advance(100)
    expect(healthy(balancer)).toEqual([true, true])
    expect(transport.requests[0]?.url).toBe('http://a/healthz?deep=1')
    expect(transport.openBodies()).toBe(0)
    await api.close()
  })

  test('a check that throws is a bad one', async () => {
    const { api, balancer, clock } = checked(
      { a: 200, b: 200, c: 200 },
      {
        health: {
          expect: () => {
            throw new Error('cannot tell')
          },
        },
        panicRatio: 0,
      },
    )
    await clock.advance(5_000)
    expect(healthy(balancer)).toEqual([false, false, false])
    await expect(api.get('/')).rejects.toMatchObject({
      by: 'endpoints',
      sent: 'no',
      message:
        'GET http://a/: no endpoint is left: http://a is unhealthy; http://b is unhealthy; http://c is unhealthy',
    })
    await api.close()
  })

  test('a good check ends an ejection', async () => {
    const wellness: Wellness = { a: 200, b: 200, c: 200 }
    const { api, balancer, clock } = checked(wellness, { outlier: { consecutiveFailures: 1, ejectMs: 3_600_000 } })
    await clock.advance(0)
    wellness['a'] = 500
    await (await api.get('/')).body.discard()
    expect(balancer.endpoints()[0]?.ejectedUntil).toBe(3_600_000)
    wellness['a'] = 200
    await clock.advance(5_000)
    expect(balancer.endpoints()[0]?.ejectedUntil).toBeUndefined()
    await api.close()
  })

  test.each([
    ['however few are healthy, nobody else is used', { a: 200, b: 503, c: 503 }, [9, 0, 0]],
    ['but where nobody is, all are used', { a: 503, b: 503, c: 503 }, [3, 3, 3]],
  ])('%s', async (_name, statuses, expected) => {
    const { api, asked, clock } = checked(statuses)
    await clock.advance(5_000)
    const before = [asked('a'), asked('b'), asked('c')]
    for (let turn = 0; turn < 9; turn += 1) await (await api.get('/')).body.discard()
    expect(['a', 'b', 'c'].map((host, index) => asked(host) - (before[index] ?? 0))).toEqual(expected)
    await api.close()
  })

  test('headers and a handler of the endpoint are used', async () => {
    const own: (string | undefined)[] = []
    const { api, transport, clock } = checked({ a: 200 }, {}, [
      { url: 'http://a', headers: { authorization: 'for a' } },
      {
        url: 'http://b',
        headers: { authorization: 'for b' },
        send: (request) => {
          own.push(request.headers.get('authorization'))
          return Promise.resolve(respond({}))
        },
      },
    ])
    await clock.advance(0)
    expect(transport.requests.map(({ headers }) => headers.get('authorization'))).toEqual(['for a'])
    expect(own).toEqual(['for b'])
    await api.close()
  })

  test('a removed endpoint is checked no more; a new one at once', async () => {
    const lists = [
      ['http://a', 'http://b'],
      ['http://b', 'http://c'],
    ]
    const clock = fakeClock()
    const transport = mockTransport({ body: 'well' })
    const source = {
      async *watch(signal: AbortSignal, runtime: { sleep(ms: number, signal: AbortSignal): Promise<void> }) {
        for (const list of lists) {
          yield list
          await runtime.sleep(7_000, signal)
        }
      },
    }
    const api = createPipeline({ transport, use: [balance(source, { health: {} })], clock })
    await clock.advance(7_000)
    await clock.advance(10_000)
    const hosts = transport.requests.map(({ url }) => new URL(url).host)
    expect(hosts.filter((host) => host === 'a')).toHaveLength(2)
    expect(hosts.filter((host) => host === 'b').length).toBeGreaterThanOrEqual(4)
    expect(hosts.filter((host) => host === 'c').length).toBeGreaterThanOrEqual(2)
    await api.close()
    expect(clock.pending).toBe(0)
  })

  test('closing leaves no timer and no check under way', async () => {
    for (const at of [0, 100, 1_500, 5_000]) {
      const { api, clock, asked } = checked({ a: 200, b: undefined, c: 503 })
      await clock.advance(at)
      await api.close()
      expect(clock.pending).toBe(0)
      const before = asked('a')
      await clock.advance(60_000)
      expect(asked('a')).toBe(before)
    }
  })
})
