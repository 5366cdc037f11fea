import {
  CallContext,
  headerList,
  httpRequest,
  newCall,
  respond,
  type Call,
  type HttpHandler,
  type HttpResponse,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime, type FakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chaos, type ChaosOptions } from '../../src/chaos/index.ts'

const request = httpRequest({
  method: 'POST',
  origin: 'http://c.test',
  path: '/things?secret=1',
  headers: headerList({}),
  body: undefined,
})

interface Tried {
  readonly response?: HttpResponse
  readonly error?: unknown
  /** On the clock. */
  readonly at: number
}

class Scene {
  readonly runtime: FakeRuntime = fakeRuntime()
  /** How many requests came to the server. */
  asked = 0
  open = 0
  readonly #handler: HttpHandler

  constructor(options: ChaosOptions) {
    this.#handler = chaos(options).wrap(() => {
      this.asked += 1
      const response = respond({ body: 'from the server' })
      this.open += 1
      response.body.onSettled(() => (this.open -= 1))
      return Promise.resolve(response)
    }, this.runtime)
  }

  start(call: Call = newCall(), asked = request): Promise<Tried> {
    return Promise.resolve(this.#handler(asked, call)).then(
      (response) => ({ response, at: this.runtime.now() }),
      (error: unknown) => ({ error, at: this.runtime.now() }),
    )
  }

  async try(call?: Call, asked?: typeof request): Promise<Tried> {
    const started = this.start(call, asked)
    await this.runtime.clock.runAll()
    return await started
  }
}

describe('faults', () => {
  test('a status, with headers and a body, without the server', async () => {
    const scene = new Scene({ rate: 1, faults: [{ status: 503, headers: { 'retry-after': '1' }, body: 'chaos' }] })
    const { response } = await scene.try()
    expect(response).toMatchObject({ status: 503, url: new URL('http://c.test/things?secret=1') })
    expect(response?.headers.get('retry-after')).toBe('1')
    expect(Buffer.from((await response?.body.bytes()) ?? []).toString()).toBe('chaos')
    expect(scene.asked).toBe(0)
  })

  test('latency alone delays; before another fault, that one comes later', async () => {
    const slow = new Scene({ rate: 1, faults: [{ latencyMs: 250 }] })
    expect(await slow.try()).toMatchObject({ response: { status: 200 }, at: 250 })
    expect(slow.asked).toBe(1)
    const both = new Scene({ rate: 1, faults: [{ latencyMs: 250, status: 500 }] })
    expect(await both.try()).toMatchObject({ response: { status: 500 }, at: 250 })
    expect(both.asked).toBe(0)
  })

  test('latency between two bounds, evenly', async () => {
    const waits: number[] = []
    for (let seed = 0; seed < 400; seed += 1) {
      waits.push((await new Scene({ rate: 1, seed, faults: [{ latencyMs: [100, 300] }] }).try()).at)
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(100)
    expect(Math.max(...waits)).toBeLessThan(300)
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(200, -1.5)
  })

  test.each([
    ['connect', { code: 'connect', sent: 'no', reason: 'refused' }, 0],
    ['reset', { code: 'socket', sent: 'maybe', reason: 'reset' }, 0],
    ['lost', { code: 'socket', sent: 'maybe', reason: 'reset' }, 1],
    ['timeout', { code: 'timeout', sent: 'maybe', phase: 'headers', limitMs: 40 }, 0],
  ] as const)('%s', async (error, expected, asked) => {
    const scene = new Scene({ rate: 1, faults: [{ error, latencyMs: 40 }] })
    const tried = await scene.try()
    expect(tried).toMatchObject({ error: expected, at: 40 })
    expect(String(tried.error)).toContain('POST http://c.test/things: ')
    expect(scene.asked).toBe(asked)
    expect(scene.open).toBe(0)
  })
})

describe('chance', () => {
  test('the rate and the weights', async () => {
    const scene = new Scene({
      rate: 0.3,
      seed: 7,
      faults: [{ status: 500, weight: 3 }, { status: 503 }, { status: 504, weight: 0 }],
    })
    const counts = new Map<number | undefined, number>()
    for (let time = 0; time < 4000; time += 1) {
      const { response } = await scene.start()
      counts.set(response?.status, (counts.get(response?.status) ?? 0) + 1)
    }
    expect((counts.get(200) ?? 0) / 4000).toBeCloseTo(0.7, 1)
    expect((counts.get(500) ?? 0) / (counts.get(503) ?? 1)).toBeGreaterThan(2.4)
    expect((counts.get(500) ?? 0) / (counts.get(503) ?? 1)).toBeLessThan(3.7)
    expect(counts.has(504)).toBe(false)
  })

  test('the same seed gives the same faults, another others', async () => {
    const outcomes = async (seed: number): Promise<string> => {
      const scene = new Scene({ rate: 0.5, seed, faults: [{ status: 500 }, { error: 'reset' }] })
      let all = ''
      for (let time = 0; time < 64; time += 1) {
        const { response } = await scene.start()
        all += String(response?.status ?? 'x')
      }
      return all
    }
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const first = await outcomes(seed)
        expect(await outcomes(seed)).toBe(first)
        expect(await outcomes(seed + 1)).not.toBe(first)
      }),
      { numRuns: 20 },
    )
  })

  test('rate 0 never, rate 1 always; by default a tenth, by the chance of the runtime', async () => {
    const count = async (options: ChaosOptions): Promise<number> => {
      const scene = new Scene(options)
      for (let time = 0; time < 1000; time += 1) await scene.start()
      return 1000 - scene.asked
    }
    const faults = [{ status: 500 }]
    expect(await count({ rate: 0, faults })).toBe(0)
    expect(await count({ rate: 1, faults })).toBe(1000)
    expect((await count({ faults })) / 1000).toBeCloseTo(0.1, 1)
    expect(await count({ rate: 0.5, faults, random: () => 0.49 })).toBe(1000)
    expect(await count({ rate: 0.5, faults, random: () => 0.5 })).toBe(0)
  })

  test('only where `when` allows', async () => {
    const scene = new Scene({ rate: 1, faults: [{ status: 500 }], when: ({ path }) => path.startsWith('/things') })
    expect((await scene.try()).response?.status).toBe(500)
    const other = request.with({ url: new URL('http://c.test/other') })
    expect((await scene.try(newCall(), other)).response?.status).toBe(200)
  })
})

describe('giving up', () => {
  test('ends the latency at once, and nothing is sent', async () => {
    for (const error of [undefined, 'timeout'] as const) {
      const scene = new Scene({ rate: 1, faults: [{ latencyMs: 1000, error }] })
      const call = new CallContext()
      const started = scene.start(call)
      await scene.runtime.clock.advance(300)
      call.cancel(new Error('no longer'))
      expect(await started).toMatchObject({ error: { code: 'aborted', sent: 'no' }, at: 300 })
      expect(scene.asked).toBe(0)
      expect(scene.runtime.clock.pending).toBe(0)
    }
  })

  test('the deadline of the call is kept', async () => {
    const scene = new Scene({ rate: 1, faults: [{ latencyMs: 1000 }] })
    const call = new CallContext()
    call.deadlineAt = 400
    call.deadlineMs = 400
    expect(await scene.try(call)).toMatchObject({ error: { code: 'timeout', phase: 'total', limitMs: 400 }, at: 400 })
    expect(scene.asked).toBe(0)
  })
})

test('the contract', async () => {
  expect(chaos({ faults: [{ status: 500 }] }).name).toBe('chaos')
  await expect(checkMiddleware(() => chaos({ rate: 0, faults: [{ status: 500 }] }))).resolves.toBeUndefined()
  await expect(checkMiddleware(() => chaos({ rate: 1, faults: [{ latencyMs: 5 }] }))).resolves.toBeUndefined()
})

test.each<[unknown, string]>([
  [{}, 'chaos.faults: expected a list of faults'],
  [{ faults: [] }, 'chaos.faults: expected at least one fault'],
  [{ faults: [{ status: 500, weight: 0 }] }, 'chaos.faults: expected at least one fault'],
  [{ faults: [{}] }, 'chaos.faults[0]: expected latencyMs, status or error, and not both status and error'],
  [{ faults: [{ status: 500, error: 'reset' }] }, 'chaos.faults[0]: expected latencyMs, status or error, and not both'],
  [{ faults: [{ status: 99 }] }, 'chaos.faults[0].status: expected an integer from 200 to 599'],
  [{ faults: [{ latencyMs: [2, 1] }] }, 'chaos.faults[0].latencyMs: expected milliseconds, or the least and the most'],
  [{ faults: [{ latencyMs: [1] }] }, 'chaos.faults[0].latencyMs[1]: expected a number'],
  [{ faults: [{ error: 'crash' }] }, "chaos.faults[0].error: expected 'connect' or"],
  [{ faults: [{ status: 500, headers: { 'a b': 'c' } }] }, 'headers: expected field names'],
  [{ rate: 2, faults: [{ status: 500 }] }, 'chaos.rate: expected a number from 0 to 1'],
  [{ rates: 1, faults: [{ status: 500 }] }, "did you mean 'rate'?"],
])('refuses %j', (options, message) => {
  expect(() => chaos(options as ChaosOptions)).toThrow(expect.objectContaining({ code: 'config' }))
  expect(() => chaos(options as ChaosOptions)).toThrow(message)
})
