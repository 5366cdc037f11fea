import {
  CallContext,
  ClientEvents,
  createPipeline,
  isHttpError,
  newCall,
  respond,
  TimeoutError,
  type Classify,
  type HttpResponse,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  constant,
  exponential,
  FailedAnswer,
  retry,
  RetryBudget,
  RetryBudgets,
  type RetryEvent,
  type RetryInit,
} from '../../src/retry/index.ts'
import { broken, request } from './kit/failures.ts'
import { Scene } from './kit/scene.ts'

async function thrown(work: Promise<HttpResponse>): Promise<unknown> {
  return await work.then(
    (response) => expect.fail(`answered ${response.status}`),
    (error: unknown) => error,
  )
}

describe('attempts', () => {
  test('until one works, and each knows its number', async () => {
    const scene = new Scene({}, [{ status: 503 }, broken(), { status: 200, body: 'third' }])
    const response = await scene.run(request())
    expect(Buffer.from(await response.body.bytes()).toString()).toBe('third')
    expect(scene.seen.map(({ attempt }) => attempt)).toEqual([0, 1, 2])
    expect(scene.open.size).toBe(0)
  })

  test('three by default; then the last response is returned, unread', async () => {
    const scene = new Scene({}, [{ status: 503, body: 'busy' }])
    const response = await scene.run(request())
    expect(response.status).toBe(503)
    expect(scene.seen).toHaveLength(3)
    expect(scene.open).toEqual(new Set([response]))
    expect(Buffer.from(await response.body.bytes()).toString()).toBe('busy')
  })

  test('or the last error is thrown, itself, with the earlier failures', async () => {
    const [first, last] = [broken(), broken('no', 'connect')]
    const scene = new Scene({}, [first, { status: 502 }, last])
    const error = await thrown(scene.run(request()))
    expect(error).toBe(last)
    if (!isHttpError(error)) throw new Error('not ours')
    expect(error.suppressed[0]).toBe(first)
    expect(error.suppressed[1]).toBeInstanceOf(FailedAnswer)
    expect(error.suppressed[1]).toMatchObject({ status: 502, message: 'GET http://retry.test/things: answered 502' })
    // The last attempt was not sent; the call was.
    expect(error.sent).toBe('yes')
  })

  test('nothing of any attempt was sent: the error says so', async () => {
    const scene = new Scene({}, [broken('no', 'connect'), broken('no', 'connect')])
    expect(await thrown(scene.run(request()))).toMatchObject({ sent: 'no' })
  })

  test('the same error again and again does not hold itself', async () => {
    const always = broken()
    const scene = new Scene({ attempts: 4 }, [always])
    expect(await thrown(scene.run(request()))).toBe(always)
    expect(always.suppressed).toEqual([])
  })

  test.each([200, 201, 204, 301, 304, 400, 401, 403, 404, 409, 410, 412, 421, 422, 501, 505])(
    '%i is no reason',
    async (status) => {
      const scene = new Scene({}, [{ status }])
      expect((await scene.run(request())).status).toBe(status)
      expect(scene.seen).toHaveLength(1)
    },
  )

  test.each([408, 425, 429, 500, 502, 503, 504])('%i is one', async (status) => {
    const scene = new Scene({}, [{ status }])
    await scene.run(request())
    expect(scene.seen).toHaveLength(3)
  })

  test.each(['not ours', 'tls', 'the total time'])('an error that will not go away: %s', async (which) => {
    const target = 'GET http://retry.test/things'
    const total = new TimeoutError(target, { phase: 'total', limitMs: 1, sent: 'maybe', target })
    const error = which === 'not ours' ? new TypeError('a bug') : which === 'tls' ? broken('no', 'tls') : total
    const scene = new Scene({}, [error])
    expect(await thrown(scene.run(request()))).toBe(error)
    expect(scene.seen).toHaveLength(1)
  })

  test('a handler that throws at once is as one that rejects', async () => {
    await using runtime = fakeRuntime()
    let times = 0
    const handler = retry({ backoff: constant({ ms: 0 }) }).wrap(() => {
      times += 1
      throw broken()
    }, runtime)
    const made = thrown(handler(request(), newCall()))
    await runtime.clock.runAll()
    expect(await made).toMatchObject({ code: 'socket' })
    expect(times).toBe(3)
  })

  test('inside of another attempt, numbers go on from its own', async () => {
    const scene = new Scene({}, [{ status: 503 }, {}])
    await scene.run(request(), new CallContext().fork({ attempt: 4 }))
    expect(scene.seen.map(({ attempt }) => attempt)).toEqual([4, 5])
  })
})

describe('rules', () => {
  test('statuses, errors and classify', async () => {
    const counts = async (options: RetryInit, step: ConstructorParameters<typeof Scene>[1][0]): Promise<number> => {
      const scene = new Scene(options, [step])
      await scene.run(request()).catch(() => undefined)
      return scene.seen.length
    }
    expect(await counts({ statuses: [404] }, { status: 404 })).toBe(3)
    expect(await counts({ statuses: [404] }, { status: 503 })).toBe(1)
    expect(await counts({ statuses: [] }, { status: 503 })).toBe(1)
    expect(await counts({ statuses: [202] }, { status: 202 })).toBe(3)
    expect(await counts({ statuses: [404] }, broken())).toBe(3)
    expect(await counts({ errors: ['tls'] }, broken('no', 'tls'))).toBe(3)
    expect(await counts({ errors: ['tls'] }, broken('no', 'connect'))).toBe(1)
    expect(await counts({ errors: [] }, { status: 503 })).toBe(3)
    const strange: Classify = (_request, { response }) => (response?.status === 200 ? 'transient' : 'ok')
    expect(await counts({ classify: strange }, { status: 200 })).toBe(3)
    expect(await counts({ classify: strange }, { status: 503 })).toBe(1)
    expect(await counts({ classify: strange, statuses: [503] }, { status: 503 })).toBe(3)
    expect(await counts({ attempts: 1 }, { status: 503 })).toBe(1)
    expect(await counts({ attempts: 7 }, { status: 503 })).toBe(7)
  })

  test('a call has its own, the rest stands', async () => {
    const scene = new Scene({ attempts: 4, statuses: [404] }, [{ status: 404 }])
    await scene.run(request(), newCall({ retry: { attempts: 2 } }))
    expect(scene.seen).toHaveLength(2)
    await scene.run(request(), newCall({ retry: false }))
    expect(scene.seen).toHaveLength(3)
    await scene.run(request(), newCall({ retry: { statuses: [503] } }))
    expect(scene.seen).toHaveLength(4)
    await scene.run(request(), newCall({ retry: undefined }))
    expect(scene.seen).toHaveLength(8)
  })

  test('a backoff is told what failed', async () => {
    const told: unknown[] = []
    const scene = new Scene(
      {
        backoff: (attempt, failure) => {
          told.push([attempt, failure.attempt, failure.kind, failure.response?.status])
          return 7
        },
      },
      [{ status: 503 }, broken(), {}],
    )
    await scene.run(request())
    expect(told).toEqual([
      [1, 0, 'status', 503],
      [2, 1, 'socket', undefined],
    ])
    expect(scene.waits).toEqual([7, 7])
  })

  test.each([-1, NaN, Infinity, '5', undefined])('a backoff that gives %j is a fault of the options', async (wait) => {
    const scene = new Scene({ backoff: () => wait as number }, [{ status: 503 }])
    expect(await thrown(scene.run(request()))).toMatchObject({ code: 'config', option: 'retry.backoff' })
    expect(scene.seen).toHaveLength(1)
    expect(scene.open.size).toBe(0)
  })
})

describe('when', () => {
  const busy: RetryInit['when'] = async (failure) => (await failure.text()).includes('busy')

  test('decides by the body, which the caller still gets whole', async () => {
    const long = `${'x'.repeat(50_000)}busy${'y'.repeat(50_000)}`
    const scene = new Scene({ when: busy }, [
      { status: 404, body: long },
      { status: 404, body: 'gone' },
    ])
    const response = await scene.run(request())
    expect(scene.seen).toHaveLength(2)
    expect(response).toMatchObject({ status: 404, url: new URL('http://localhost/') })
    expect(Buffer.from(await response.body.bytes()).toString()).toBe('gone')
    expect(scene.open.size).toBe(0)
    const all = new Scene({ when: busy, attempts: 2 }, [{ status: 503, body: long }])
    expect(Buffer.from(await (await all.run(request())).body.bytes()).toString()).toBe(long)
  })

  test('sees no more than 64 KiB', async () => {
    const sizes: number[] = []
    const when: RetryInit['when'] = async (failure) => {
      sizes.push((await failure.text()).length, (await failure.text()).length)
      return false
    }
    const scene = new Scene({ when }, [{ status: 503, body: 'x'.repeat(100_000) }])
    expect((await (await scene.run(request())).body.bytes()).byteLength).toBe(100_000)
    expect(sizes).toEqual([65_536, 65_536])
  })

  test('is asked for errors and for 400 and more, in place of the other rules', async () => {
    const asked: unknown[] = []
    const when: RetryInit['when'] = ({ kind, response }) => {
      asked.push(response?.status ?? kind)
      return asked.length < 3
    }
    const scene = new Scene({ when, attempts: 9 }, [{ status: 404 }, broken('no', 'tls'), { status: 503 }])
    expect((await scene.run(request())).status).toBe(503)
    expect(asked).toEqual([404, 'tls', 503])
    for (const step of [{ status: 200 }, { status: 304 }, new TypeError('a bug')]) {
      await new Scene({ when: () => expect.fail('asked') }, [step]).run(request()).catch(() => undefined)
    }
  })

  test('is not asked where nothing may be sent again', async () => {
    const scene = new Scene({ when: () => expect.fail('asked') }, [{ status: 503 }])
    expect((await scene.run(request('POST'))).status).toBe(503)
  })

  test('what it throws is thrown, and the answer is let go of', async () => {
    const bug = new TypeError('a bug')
    const throwing = (): never => {
      throw bug
    }
    for (const when of [() => Promise.reject(bug), throwing]) {
      const scene = new Scene({ when }, [{ status: 503 }])
      expect(await thrown(scene.run(request()))).toBe(bug)
      expect(scene.open.size).toBe(0)
    }
  })

  test('a body that breaks off while it is read is what the attempt came to', async () => {
    const cut = broken('yes')
    const torn = (): Promise<HttpResponse> => {
      const whole = respond({ status: 503, body: 'x' })
      const body = Object.assign(Object.create(whole.body), {
        stream: async function* () {
          await Promise.resolve()
          yield new Uint8Array(3)
          throw cut
        },
        discard: () => Promise.resolve(),
      })
      return Promise.resolve({
        ...whole,
        status: 503,
        headers: whole.headers,
        url: whole.url,
        body,
        trailers: () => whole.trailers(),
      })
    }
    const scene = new Scene({ when: busy }, [torn, { status: 200 }])
    expect((await scene.run(request())).status).toBe(200)
    const last = new Scene({ when: busy, errors: [] }, [torn])
    await expect((await last.run(request())).body.bytes()).rejects.toBe(cut)
  })

  test('one that never says holds up nobody who gives up', async () => {
    const scene = new Scene({ when: () => new Promise<boolean>(() => undefined) }, [{ status: 503 }])
    const call = new CallContext()
    const started = scene.start(request(), call)
    await scene.runtime.clock.advance(1000)
    call.cancel(new Error('no longer'))
    expect(await thrown(started)).toMatchObject({ code: 'aborted' })
    const limited = new CallContext()
    limited.deadlineAt = 5000
    limited.deadlineMs = 4000
    const late = scene.start(request(), limited)
    await scene.runtime.clock.advance(4000)
    expect(await thrown(late)).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 4000 })
    expect(scene.open.size).toBe(0)
    expect(scene.runtime.clock.pending).toBe(0)
  })
})

describe('the budget', () => {
  test('when it is spent, the outcome is the outcome', async () => {
    const scene = new Scene({ budget: { ratio: 0, perSecond: 0.1 }, attempts: 9 }, [{ status: 503 }])
    expect((await scene.run(request())).status).toBe(503)
    expect(scene.seen).toHaveLength(2)
    await scene.run(request())
    expect(scene.seen).toHaveLength(3)
  })

  test('is one per origin, shown, and shared by all that share the middleware', async () => {
    const middleware = retry({ budget: { ratio: 0, perSecond: 1 }, backoff: constant({ ms: 0 }) })
    await using api = createPipeline({ transport: mockTransport({ status: 503 }), use: [middleware] })
    const wider = api.extend({ use: [middleware] })
    for (let call = 0; call < 9; call += 1) await wider.get('http://a.test/')
    expect((await api.get('http://b.test/')).status).toBe(503)
    const budgets = new RetryBudgets(fakeRuntime())
    const scene = new Scene({ budgets }, [{ status: 503 }])
    await scene.run(request())
    expect(budgets.of('http://retry.test').available).toBeCloseTo(98.2)
    expect(budgets.available()).toEqual({ 'http://retry.test': 98 })
  })

  test('the gauge of a client', async () => {
    let read: (() => unknown) | undefined
    await using runtime = fakeRuntime()
    const watched = {
      ...runtime,
      gauge: (name: string, gauge: () => unknown) => void (name === 'retry' && (read = gauge)),
    }
    const handler = retry().wrap(() => Promise.resolve(respond()), watched)
    await handler(request(), newCall())
    expect(read?.()).toEqual({ 'http://retry.test': 100 })
    read = undefined
    retry({ budget: false }).wrap(() => Promise.resolve(respond()), watched)
    expect(read).toBeUndefined()
  })

  test('without one, every failure is tried again', async () => {
    const scene = new Scene({ budget: false, attempts: 500 }, [{ status: 503 }])
    await scene.run(request())
    expect(scene.seen).toHaveLength(500)
  })

  test('nothing is taken for what is not sent again', async () => {
    const budgets = new RetryBudgets(fakeRuntime())
    const scene = new Scene({ budgets, attempts: 1 }, [{ status: 503 }])
    await scene.run(request('POST'))
    await scene.run(request())
    expect(budgets.of('http://retry.test')).toBeInstanceOf(RetryBudget)
    expect(budgets.of('http://retry.test').available).toBeCloseTo(100.4)
  })
})

describe('events', () => {
  async function told(
    options: RetryInit,
    steps: ConstructorParameters<typeof Scene>[1],
    method = 'GET',
  ): Promise<unknown[]> {
    const scene = new Scene(options, steps)
    const all: unknown[] = []
    const { events } = scene.runtime
    if (!(events instanceof ClientEvents)) throw new Error('no events')
    events.on('retry', (event) => all.push(event))
    await scene.run(request(method)).catch(() => undefined)
    return all
  }

  test('what failed, how long the wait is, and why it ends', async () => {
    const cut = broken()
    const facts = { target: 'GET http://retry.test/things' }
    const expected: Partial<RetryEvent>[] = [
      {
        ...facts,
        type: 'retry',
        attempt: 0,
        kind: 'status',
        status: 503,
        error: undefined,
        waitMs: 5,
        refusal: undefined,
      },
      {
        ...facts,
        type: 'retry',
        attempt: 1,
        kind: 'socket',
        status: undefined,
        error: cut,
        waitMs: 5,
        refusal: undefined,
      },
      {
        ...facts,
        type: 'stop',
        attempt: 2,
        kind: 'status',
        status: 500,
        error: undefined,
        waitMs: undefined,
        refusal: 'attempts',
      },
    ]
    expect(await told({ backoff: constant({ ms: 5 }) }, [{ status: 503 }, cut, { status: 500 }])).toEqual(expected)
    expect(await told({}, [{ status: 200 }])).toEqual([])
    expect(await told({}, [{ status: 404 }])).toEqual([])
  })

  test('each refusal', async () => {
    expect(await told({}, [{ status: 503 }], 'POST')).toMatchObject([{ refusal: 'method' }])
    expect(await told({ budget: { ratio: 0, perSecond: 0 } }, [{ status: 503 }])).toMatchObject([{ refusal: 'budget' }])
    const slow = { status: 503, headers: { 'retry-after': '999999' } }
    expect(await told({}, [slow])).toMatchObject([{ refusal: 'wait' }])
  })
})

describe('the contract', () => {
  test.each<[string, RetryInit]>([
    ['by default', {}],
    ['without waiting', { backoff: constant({ ms: 0 }), attempts: 5 }],
    ['with a predicate that reads', { when: async (failure) => (await failure.text()) !== 'no' }],
    [
      'with everything',
      {
        methods: ['POST', 'GET'],
        errors: ['socket'],
        statuses: [401, 503],
        budget: false,
        retryAfter: false,
        idempotencyHeader: 'x-key',
      },
    ],
  ])('is kept %s', async (_name, options) => {
    for (const callOptions of [{}, { retry: { attempts: 2 }, idempotencyKey: true }]) {
      await expect(checkMiddleware(() => retry(options), { callOptions })).resolves.toBeUndefined()
    }
  })

  test('the name, and the options of a call', async () => {
    const middleware = retry()
    expect(middleware.name).toBe('retry')
    await using api = createPipeline({ transport: mockTransport({}), use: [middleware] })
    const options: Parameters<typeof api.get>[1] = {
      retry: { attempts: 2, backoff: exponential() },
      idempotencyKey: 'k',
    }
    expect((await api.get('http://retry.test/', options)).status).toBe(200)
    // @ts-expect-error -- a budget is the client's
    const wrong: Parameters<typeof api.get>[1] = { retry: { budget: false } }
    await expect(api.get('http://retry.test/', wrong)).rejects.toThrow('retry.budget: expected one of')
  })

  test.each<[unknown, string]>([
    [{ attempt: 3 }, "did you mean 'attempts'?"],
    [{ attempts: 0 }, 'retry.attempts: expected an integer from 1 to 1000, got 0'],
    [{ attempts: Infinity }, 'retry.attempts: expected'],
    [{ backoff: 100 }, 'retry.backoff: expected a backoff, such as exponential(), got 100'],
    [{ statuses: [99] }, 'retry.statuses: expected a list of statuses from 200 to 599'],
    [{ errors: ['aborted'] }, 'retry.errors: expected a list of'],
    [{ methods: 'GET' }, 'retry.methods: expected a list of methods'],
    [{ retryAfter: 5 }, 'retry.retryAfter: expected true, false, or { maxMs }, got 5'],
    [{ retryAfter: { maxMs: 0 } }, 'retry.retryAfter.maxMs: expected milliseconds'],
    [{ when: true }, 'retry.when: expected a function'],
    [{ budget: true }, 'retry.budget: expected an object, or false'],
    [{ budget: { ratio: 'a' } }, 'retry.budget.ratio: expected a number'],
    [{ budgets: {} }, 'retry.budgets: expected RetryBudgets'],
    [{ idempotencyHeader: 'a b' }, 'retry.idempotencyHeader: expected the name of a header field'],
    [3, 'retry: expected an object'],
  ])('refuses %j', async (options, message) => {
    expect(() => retry(options as RetryInit)).toThrow(expect.objectContaining({ code: 'config' }))
    expect(() => retry(options as RetryInit)).toThrow(message)
    if (message.includes('udget') || message.includes('Header')) return
    const scene = new Scene({}, [{}])
    expect(await thrown(scene.run(request(), newCall({ retry: options })))).toMatchObject({ code: 'config' })
    expect(scene.seen).toHaveLength(0)
  })

  test('a polluted Object.prototype changes nothing', async () => {
    const poison = {
      retry: false,
      attempts: 1,
      statuses: [],
      idempotencyKey: 'stolen',
      budget: false,
      maxMs: 1,
      when: () => false,
    }
    for (const [name, value] of Object.entries(poison)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false })
    }
    try {
      const scene = new Scene({}, [{ status: 503, headers: { 'retry-after': '2' } }])
      await scene.run(request(), newCall({ retry: {} }))
      expect(scene.seen).toHaveLength(3)
      expect(scene.seen.every((seen) => !seen.request.headers.has('idempotency-key'))).toBe(true)
    } finally {
      for (const name of Object.keys(poison)) Reflect.deleteProperty(Object.prototype, name)
    }
  })
})
