import {
  compose,
  createPipeline,
  httpRequest,
  newCall,
  noHeaders,
  respond,
  streamBody,
  TransportError,
  type HttpRequest,
  type HttpResponse,
} from '@halyard/core'
import {
  checkMiddleware,
  fakeClock,
  fakeRuntime,
  mockTransport,
  type FakeClock,
  type MockTransport,
} from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { balance } from '../../src/balance/index.ts'
import { hedge, type HedgeEvent, type HedgeOptions } from '../../src/hedge/index.ts'
import { RetryBudgets } from '../../src/retry/budgets.ts'
import { failure } from '../balance/kit/backends.ts'

/** What the requests of a test do, in order: so many milliseconds, then a status or an error; the last one goes on. */
type Plan = readonly (readonly [ms: number, outcome: number | Error])[]

interface Rig {
  readonly transport: MockTransport
  readonly clock: FakeClock
  /** Requests that were cancelled before they were answered. */
  readonly cancelled: number[]
  readonly send: (path?: string, method?: string, init?: object) => Promise<string>
}

function rig(plan: Plan, options: HedgeOptions = { after: { ms: 100 } }): Rig {
  const clock = fakeClock()
  const cancelled: number[] = []
  let count = 0
  const transport = mockTransport(async (request, call) => {
    const number = count
    count += 1
    const [ms, outcome] = plan[Math.min(number, plan.length - 1)] ?? [0, 200]
    await new Promise<void>((resolve) => {
      const stop = clock.after(ms, () => {
        call.removeListener(listener)
        resolve()
      })
      const listener = {
        onCancel: () => {
          cancelled.push(number)
          stop()
        },
      }
      call.addListener(listener)
    })
    if (outcome instanceof Error) throw outcome
    return respond({ status: outcome, body: `${request.url.host} ${number}` })
  })
  const api = createPipeline({ transport, baseUrl: 'http://a', use: [hedge(options)], clock })
  const send: Rig['send'] = async (path = '/', method = 'GET', init = {}) => {
    const response = await api.request(method, path, init)
    return Buffer.from(await response.body.bytes()).toString()
  }
  return { transport, clock, cancelled, send }
}

function brokenOff(sent: 'no' | 'maybe' = 'maybe'): TransportError {
  return new TransportError('GET http://a/: broken', { code: 'socket', sent, target: 'GET http://a/' })
}

const request: HttpRequest = httpRequest({
  method: 'GET',
  origin: 'http://a',
  path: '/',
  headers: noHeaders,
  body: undefined,
})

describe('the contract', () => {
  test.each([
    ['p95', {}],
    ['a delay', { after: { ms: 1 } }],
    ['several', { after: { ms: 1 }, max: 3, budget: { ratio: 5 } }],
  ] as const)('%s', async (_name, options) => {
    await expect(checkMiddleware(() => hedge(options))).resolves.toBeUndefined()
  })
})

describe('the race', () => {
  test('an answer in time is the only request, and leaves no timer', async () => {
    const { send, clock, transport } = rig([[99, 200]])
    const sent = send()
    await clock.advance(99)
    expect(await sent).toBe('a 0')
    expect(transport.requests).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  test('a late one is sent again: the second wins, the first is cancelled', async () => {
    const { send, clock, transport, cancelled } = rig([
      [1_000, 200],
      [20, 200],
    ])
    const sent = send()
    await clock.advance(99)
    expect(transport.requests).toHaveLength(1)
    await clock.advance(21)
    expect(await sent).toBe('a 1')
    expect(cancelled).toEqual([0])
    expect(transport.openBodies()).toBe(0)
    expect(clock.pending).toBe(0)
  })

  test('the first may still win, and then the second is cancelled', async () => {
    const { send, clock, cancelled } = rig([
      [150, 404],
      [1_000, 200],
    ])
    const sent = send()
    await clock.advance(150)
    expect(await sent).toBe('a 0')
    expect(cancelled).toEqual([1])
    expect(clock.pending).toBe(0)
  })

  test('a loser that answers although it was cancelled is discarded', async () => {
    await using runtime = fakeRuntime()
    const answers: PromiseWithResolvers<HttpResponse>[] = []
    const handler = hedge({ after: { ms: 100 } }).wrap(() => {
      const answer = Promise.withResolvers<HttpResponse>()
      answers.push(answer)
      return answer.promise
    }, runtime)
    const sent = handler(request, newCall())
    await runtime.clock.advance(100)
    const [first, second] = [respond({ body: 'first' }), respond({ body: 'second' })]
    let wasSettled = false
    first.body.onSettled(() => (wasSettled = true))
    answers[1]?.resolve(second)
    expect(await sent).toBe(second)
    answers[0]?.resolve(first)
    await runtime.clock.advance(0)
    expect(wasSettled).toBe(true)
  })

  test.each([[503], [429]])('an answer of %i does not win while another is under way', async (status) => {
    const { send, clock, transport } = rig([
      [150, status],
      [200, 200],
    ])
    const sent = send()
    await clock.advance(150)
    expect(transport.openBodies()).toBe(0)
    await clock.advance(150)
    expect(await sent).toBe('a 1')
    expect(clock.pending).toBe(0)
  })

  test('when all fail the last outcome is the outcome', async () => {
    const answered = rig([
      [150, brokenOff()],
      [200, 503],
    ])
    const first = answered.send()
    await answered.clock.advance(300)
    expect(await first).toBe('a 1')
    const [early, late] = [brokenOff(), brokenOff('no')]
    const failed = rig([
      [150, early],
      [200, late],
    ])
    const second = failure(failed.send())
    await failed.clock.advance(300)
    expect(await second).toBe(late)
    // Nothing of the second was sent, but of the call.
    expect(late).toMatchObject({ sent: 'maybe', suppressed: [early] })
    expect(failed.clock.pending).toBe(0)
  })

  test('a failure before the delay is the outcome: sending again is for retry', async () => {
    for (const outcome of [brokenOff(), 503]) {
      const { send, clock, transport } = rig([[50, outcome]])
      const sent = send().catch((error: unknown) => error)
      await clock.advance(50)
      expect(await sent).toBe(outcome === 503 ? 'a 0' : outcome)
      expect(transport.requests).toHaveLength(1)
      expect(clock.pending).toBe(0)
    }
  })

  test('at most so many further ones, a delay apart', async () => {
    const { send, clock, transport, cancelled } = rig([[10_000, 200]], { after: { ms: 100 }, max: 3 })
    const sent = send()
    await clock.advance(0)
    for (const expected of [1, 2, 3, 4, 4]) {
      expect(transport.requests).toHaveLength(expected)
      await clock.advance(100)
    }
    await clock.advance(10_000)
    expect(await sent).toBe('a 0')
    expect(cancelled).toEqual([1, 2, 3])
    expect(clock.pending).toBe(0)
  })

  test('further ones are attempts of the same number', async () => {
    const { send, clock, transport } = rig([[150, 200]])
    const sent = send()
    await clock.advance(150)
    await sent
    expect(transport.requests.map(({ attempt }) => attempt)).toEqual([0, 0])
  })
})

describe('what may be sent twice', () => {
  test.each([
    ['GET', {}, 2],
    ['HEAD', {}, 2],
    ['PUT', {}, 1],
    ['DELETE', {}, 1],
    ['POST', {}, 1],
    ['POST', { headers: { 'idempotency-key': 'k' }, body: 'x' }, 2],
    ['PUT', { headers: { 'idempotency-key': 'k' } }, 2],
  ] as const)('%s with %o: %i requests', async (method, init, expected) => {
    const { send, clock, transport } = rig([[150, 200]])
    const sent = send('/', method, init)
    await clock.advance(150)
    await sent
    expect(transport.requests).toHaveLength(expected)
  })

  test('not a body that cannot be sent again', async () => {
    const { send, clock, transport } = rig([[150, 200]])
    const body = streamBody(ReadableStream.from([new Uint8Array([1])]))
    const sent = send('/', 'QUERY', { body })
    await clock.advance(150)
    await sent
    expect(transport.requests).toHaveLength(1)
  })

  test('what may not costs nothing: the very promise of next', async () => {
    await using runtime = fakeRuntime()
    const promise = Promise.resolve(respond({}))
    expect(hedge().wrap(() => promise, runtime)(request.with({ method: 'POST' }), newCall())).toBe(promise)
  })
})

describe('budgets', () => {
  test('a share of the calls, and five at first', async () => {
    const { send, clock, transport } = rig([[150, 200]], { after: { ms: 100 }, budget: { ratio: 0.1 } })
    for (let index = 0; index < 100; index += 1) {
      const sent = send()
      await clock.advance(150)
      await sent
    }
    expect(transport.requests).toHaveLength(100 + 5 + 10)
  })

  test('a shared one must allow it, too, and is left alone when the own one does not', async () => {
    const budgets = new RetryBudgets(fakeClock(), { ratio: 0, perSecond: 0.3 })
    const { send, clock, transport } = rig([[150, 200]], { after: { ms: 100 }, budgets })
    for (let index = 0; index < 5; index += 1) {
      const sent = send()
      await clock.advance(150)
      await sent
    }
    expect(transport.requests).toHaveLength(5 + 3)
    const untouched = new RetryBudgets(fakeClock())
    const none = rig([[150, 200]], { after: { ms: 100 }, budget: { ratio: 0 }, budgets: untouched })
    for (let index = 0; index < 8; index += 1) {
      const sent = none.send()
      await none.clock.advance(150)
      await sent
    }
    expect(untouched.of('http://a').available).toBeCloseTo(95)
  })
})

describe('p95', () => {
  test('needs 20 samples; goes by origin and method', async () => {
    const clock = fakeClock()
    let slow = false
    const transport = mockTransport(async () => {
      await new Promise<void>((resolve) => void clock.after(slow ? 1_000 : 10, resolve))
      return respond({ body: 'x' })
    })
    const api = createPipeline({ transport, use: [hedge()], clock })
    const count = async (method: string, url: string): Promise<number> => {
      const before = transport.requests.length
      const sent = api.request(method, url)
      await clock.advance(1_100)
      await (await sent).body.discard()
      return transport.requests.length - before
    }
    for (let index = 0; index < 19; index += 1) await count('GET', 'http://a/')
    slow = true
    expect(await count('GET', 'http://a/')).toBe(1)
    slow = false
    await count('GET', 'http://a/')
    slow = true
    expect(await count('GET', 'http://a/')).toBe(2)
    expect(await count('HEAD', 'http://a/')).toBe(1)
    expect(await count('GET', 'http://b/')).toBe(1)
  })

  test('the slow ones are not forgotten, although they are cancelled: the delay does not sink', async () => {
    const clock = fakeClock({ seed: 3 })
    const transport = mockTransport(async (_request, call) => {
      const ms = clock.random() < 0.1 ? 1_000 : 10
      await new Promise<void>((resolve) => {
        const stop = clock.after(ms, resolve)
        call.addListener({
          onCancel: () => {
            stop()
            resolve()
          },
        })
      })
      return respond({})
    })
    const api = createPipeline({
      transport,
      baseUrl: 'http://a',
      use: [hedge({ after: 'p90', budget: { ratio: 1 } })],
      clock,
    })
    for (let index = 0; index < 1_000; index += 1) {
      const sent = api.get('/')
      await clock.advance(40)
      await clock.advance(1_000)
      await sent
    }
    // Without them the tenth that is above the border would be a tenth of what is left, each time anew.
    expect(transport.requests.length).toBeLessThan(1_130)
    expect(transport.requests.length).toBeGreaterThan(1_050)
  })
})

describe('giving up', () => {
  test('aborting cancels all of them, and leaves nothing', async () => {
    const { send, clock, cancelled } = rig([[10_000, 200]])
    const controller = new AbortController()
    const sent = failure(send('/', 'GET', { signal: controller.signal }))
    await clock.advance(150)
    controller.abort(new Error('enough'))
    expect(await sent).toMatchObject({ code: 'aborted', sent: 'maybe' })
    expect(cancelled).toEqual([0, 1])
    expect(clock.pending).toBe(0)
  })

  test('one reason for all is not suppressed by itself', async () => {
    await using runtime = fakeRuntime()
    const reason = brokenOff()
    const handler = hedge({ after: { ms: 100 } }).wrap(
      (_request, call) => new Promise((_resolve, reject) => call.addListener({ onCancel: reject })),
      runtime,
    )
    const call = newCall().fork()
    const sent = failure(handler(request, call))
    await runtime.clock.advance(100)
    call.cancel(reason)
    expect(await sent).toBe(reason)
    expect(reason.suppressed).toEqual([])
  })

  test('none is sent that could not begin before the deadline', async () => {
    await using runtime = fakeRuntime()
    let asked = 0
    const handler = hedge({ after: { ms: 100 } }).wrap(async () => {
      asked += 1
      await runtime.sleep(90)
      return respond({})
    }, runtime)
    const call = newCall().fork()
    call.deadlineAt = 100
    const sent = handler(request, call)
    expect(runtime.clock.pending).toBe(1)
    await runtime.clock.advance(90)
    await sent
    expect(asked).toBe(1)
  })
})

describe('with a balancer', () => {
  test('the second goes to another endpoint, and the loser counts for nothing', async () => {
    const clock = fakeClock()
    const asked: string[] = []
    const transport = mockTransport(async ({ url }) => {
      asked.push(url.host)
      const ms = url.host === 'a' ? 10_000 : 10
      await new Promise<void>((resolve) => void clock.after(ms, resolve))
      return respond({ body: url.host })
    })
    const balancer = balance(['http://a', 'http://b'], { strategy: 'ordered' })
    const api = createPipeline({
      transport,
      baseUrl: 'http://a',
      use: [hedge({ after: { ms: 100 } }), balancer],
      clock,
    })
    const sent = api.get('/')
    await clock.advance(110)
    await (await sent).body.discard()
    expect(asked).toEqual(['a', 'b'])
    await clock.advance(0)
    expect(balancer.endpoints()).toMatchObject([
      { url: 'http://a', pending: 0, failures: 0, ewmaMs: undefined },
      { url: 'http://b', pending: 0, failures: 0, ewmaMs: 10 },
    ])
    await clock.runAll()
    expect(transport.openBodies()).toBe(0)
  })
})

describe('what is told', () => {
  test('events, and a gauge', async () => {
    await using runtime = fakeRuntime()
    const events: object[] = []
    const gauges = new Map<string, () => unknown>()
    const watched = {
      ...runtime,
      gauge: (name: string, read: () => unknown) => void gauges.set(name, read),
      events: { listening: () => true, emit: (_name: string, event: object) => void events.push(event) },
    }
    let count = 0
    const handler = compose(
      [hedge({ after: { ms: 100 } })],
      async () => {
        count += 1
        await runtime.sleep(count === 1 ? 1_000 : 20)
        return respond({})
      },
      watched,
    )
    const sent = handler(request, newCall())
    await runtime.clock.advance(120)
    await sent
    const expected: HedgeEvent[] = [
      { type: 'sent', target: 'GET http://a/', number: 1, afterMs: 100 },
      { type: 'settled', target: 'GET http://a/', winner: 1, afterMs: 120 },
    ]
    expect(events).toEqual(expected)
    expect(gauges.get('hedge')?.()).toEqual({ calls: 1, sent: 1, won: 1, budget: 4.05, afterMs: 100 })
  })
})

describe('wrong options', () => {
  test.each([
    [{ after: 'p100' }, 'hedge.after: expected a percentile such as \'p95\', or { ms }, got "p100"'],
    [{ after: 'p0' }, 'hedge.after: expected a percentile'],
    [{ after: {} }, 'hedge.after.ms: expected milliseconds'],
    [{ max: 0 }, 'hedge.max: expected an integer from 1 to 10, got 0'],
    [{ budget: { ratio: -1 } }, 'hedge.budget.ratio: expected a number'],
    [{ afterMs: 1 }, 'hedge.afterMs: expected one of after, max, budget, classify, budgets'],
  ])('%o', (options, message) => {
    expect(() => Reflect.apply(hedge, undefined, [options])).toThrow(message)
  })
})
