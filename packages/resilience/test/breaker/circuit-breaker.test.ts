import {
  BodyError,
  ConfigError,
  RedirectError,
  RejectedError,
  TimeoutError,
  TransportError,
  type Classify,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  ballerinaCircuitBreaker,
  circuitBreaker,
  type CircuitBreaker,
  type CircuitBreakerOptions,
} from '../../src/breaker/index.ts'
import { bulkhead } from '../../src/limit/index.ts'
import { noteSent } from '../../src/outcome/index.ts'
import { aborted, broken, Scripted, unauthorized } from '../limit/kit/scripted.ts'

const facts = { sent: 'maybe', target: '' } as const
const origin = 'http://a.test'
const quick: CircuitBreakerOptions = { minimumRequests: 1, resetMs: 1000 }

test('keeps the contract', async () => {
  await expect(checkMiddleware(() => circuitBreaker({ minimumRequests: 1000 }))).resolves.toBeUndefined()
  const judged = (): CircuitBreaker => circuitBreaker({ slowCallMs: 100, classify: () => 'ok' })
  await expect(checkMiddleware(judged)).resolves.toBeUndefined()
})

describe('what counts', () => {
  const failures: readonly (readonly [string, { status: number } | Error])[] = [
    ...[500, 502, 503, 504].map((status) => [`a ${status}`, { status }] as const),
    ['a broken connection', broken()],
    ['no connection', new TransportError('x', { ...facts, code: 'connect' })],
    ['a certificate that is not trusted', new TransportError('x', { ...facts, code: 'tls' })],
    ['no HTTP', new TransportError('x', { ...facts, code: 'protocol' })],
    ['no head in time', new TimeoutError('x', { ...facts, phase: 'headers', limitMs: 1 })],
    ['no answer in time', new TimeoutError('x', { ...facts, phase: 'total', limitMs: 1 })],
    ['redirects without end', new RedirectError('x', facts)],
  ]
  test.each(failures)('a failure: %s', async (_name, outcome) => {
    const breaker = circuitBreaker(quick)
    await using chain = new Scripted(breaker)
    const failed = await chain.whole(outcome)
    // It comes through as it is, all the same.
    expect(outcome instanceof Error ? failed.error : failed.status).toBe(
      outcome instanceof Error ? outcome : outcome.status,
    )
    expect(breaker.state(origin)).toBe('open')
    expect((await chain.whole({})).error).toBeInstanceOf(RejectedError)
    expect(chain.sent).toHaveLength(1)
  })

  test.each([200, 204, 301, 304, 400, 401, 404, 408, 409, 425, 429, 501])(
    'an answer of a peer that works: %i',
    async (status) => {
      const breaker = circuitBreaker(quick)
      await using chain = new Scripted(breaker)
      await chain.whole({ status })
      expect(breaker.export()[origin]?.window).toMatchObject([{ calls: 1, failures: 0 }])
    },
  )

  const nothing: readonly (readonly [string, Error])[] = [
    ['a caller that gives up', aborted()],
    ['a refusal of our own', new RejectedError('x', { ...facts, by: 'bulkhead' })],
    ['credentials that cannot be had', unauthorized()],
    ['a wrong option', new ConfigError({ option: 'x', value: 1, expected: '2' })],
    ['a body that cannot be made', new BodyError('x', { ...facts, code: 'encode' })],
    ['a place in the pool that does not come', new TimeoutError('x', { ...facts, phase: 'queue', limitMs: 1 })],
    ['a mistake of a middleware', new TypeError('x')],
  ]
  test.each(nothing)('nothing: %s, and its probe frees its place', async (_name, error) => {
    const breaker = circuitBreaker({ ...quick, resetMs: 0 })
    await using chain = new Scripted(breaker)
    await chain.whole(error)
    expect(breaker.export()[origin]?.window).toEqual([])
    breaker.open(origin)
    expect((await chain.whole(error)).error).toBe(error)
    expect((await chain.whole({})).status).toBe(200)
    expect(breaker.state(origin)).toBe('closed')
  })

  test('a status of the list, 4xx too', async () => {
    const breaker = circuitBreaker({ ...quick, statuses: [429] })
    await using chain = new Scripted(breaker)
    await chain.whole({ status: 500 })
    expect(breaker.state(origin)).toBe('closed')
    breaker.close()
    await chain.whole({ status: 429 })
    expect(breaker.state(origin)).toBe('open')
  })

  const own: Classify = (_request, { response, error }) => {
    if (error !== undefined) return 'ignore'
    if (response?.headers.has('x-broken') === true) return 'failure'
    if (response?.status === 418) return 'ignore'
    return response?.status === 429 ? 'transient' : 'ok'
  }
  test.each([
    ['its failure', { status: 200, headers: { 'x-broken': '1' } }, [{ calls: 1, failures: 1 }]],
    ['a 500 that it calls ok', { status: 500 }, [{ calls: 1, failures: 0 }]],
    ['a 429 that it calls transient', { status: 429 }, [{ calls: 1, failures: 0 }]],
    ['what it ignores', { status: 418 }, []],
    ['an error that it ignores', broken(), []],
  ] as const)("a judge of one's own: %s", async (_name, outcome, window) => {
    const breaker = circuitBreaker({ ...quick, classify: own })
    await using chain = new Scripted(breaker)
    await chain.whole(outcome)
    expect(breaker.export()[origin]?.window).toMatchObject(window)
  })

  test('a judge that throws frees the place of its probe, and the body', async () => {
    let isBroken = true
    const judge: Classify = () => {
      if (isBroken) throw new TypeError('judge')
      return 'ok'
    }
    const breaker = circuitBreaker({ resetMs: 0, classify: judge })
    await using chain = new Scripted(breaker)
    breaker.open(origin)
    for (const outcome of [{ status: 200 }, broken()])
      expect((await chain.whole(outcome)).error).toEqual(new TypeError('judge'))
    isBroken = false
    await chain.whole({})
    expect(breaker.state(origin)).toBe('closed')
  })

  test('a call that waited for a permit in vain', async () => {
    const breaker = circuitBreaker(quick)
    const runtime = fakeRuntime()
    const inner = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 5 }), [], runtime)
    await using chain = new Scripted({ name: 'both', wrap: () => breaker.wrap(inner.handler, runtime) }, [], runtime)
    chain.start()
    const late = chain.start()
    const limited = late.call.fork()
    limited.deadlineAt = 500
    limited.deadlineMs = 500
    const waits = chain.start({ call: limited })
    await runtime.clock.advance(500)
    expect(waits.error).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 500, sent: 'no' })
    expect(breaker.export()[origin]?.window).toEqual([])
  })
})

test('slow calls open it, by the time to the head', async () => {
  const breaker = circuitBreaker({ minimumRequests: 2, slowCallMs: 100 })
  await using chain = new Scripted(breaker)
  for (const ms of [100, 250]) {
    const started = chain.start()
    await chain.runtime.clock.advance(ms)
    chain.sent.at(-1)?.answer()
    await chain.settle()
    expect(started.status).toBe(200)
  }
  expect(breaker.state()).toBe('open')
})

test('a body that is cut after its head changes nothing', async () => {
  const breaker = circuitBreaker(quick)
  await using chain = new Scripted(breaker)
  const started = chain.start()
  const response = chain.sent[0]?.answer({ body: 'half' })
  await chain.settle()
  await response?.body.discard()
  expect([started.status, breaker.state(origin)]).toEqual([200, 'closed'])
  expect(breaker.export()[origin]?.window).toMatchObject([{ calls: 1, failures: 0 }])
})

describe('half-open', () => {
  test.each([1, 3])('of 200 calls at once %i go through, the rest is refused at once', async (halfOpenProbes) => {
    const breaker = circuitBreaker({ ...quick, halfOpenProbes })
    await using chain = new Scripted(breaker)
    await chain.whole({ status: 503 })
    await chain.runtime.clock.advance(1000)
    const calls = Array.from({ length: 200 }, () => chain.start())
    await chain.settle()
    expect(chain.sent).toHaveLength(1 + halfOpenProbes)
    const refused = calls.filter(({ error }) => error instanceof RejectedError && error.by === 'breaker')
    expect(refused).toHaveLength(200 - halfOpenProbes)
    for (const probe of chain.sent.slice(1)) probe.answer()
    await chain.settle()
    expect(breaker.state(origin)).toBe('closed')
    for (let one = 0; one < 200; one += 1) chain.start()
    expect(chain.sent).toHaveLength(201 + halfOpenProbes)
  })

  test('a probe whose caller gives up frees its place at once, though nothing below settles', async () => {
    const breaker = circuitBreaker(quick)
    await using chain = new Scripted(breaker)
    await chain.whole({ status: 503 })
    await chain.runtime.clock.advance(1000)
    const probe = chain.start()
    expect(chain.start().outcome).toBeUndefined()
    await chain.settle()
    expect(chain.sent).toHaveLength(2)
    probe.call.cancel(new Error('no longer wanted'))
    chain.start()
    expect(chain.sent).toHaveLength(3)
    chain.sent[1]?.fail(aborted())
    await chain.settle()
    // Its own end takes nobody else's place.
    expect((await chain.whole({})).error).toBeInstanceOf(RejectedError)
  })

  test('a probe that hangs frees its place after its time, and may still answer', async () => {
    const breaker = circuitBreaker({ ...quick, probeTimeoutMs: 2000 })
    await using chain = new Scripted(breaker)
    await chain.whole({ status: 503 })
    await chain.runtime.clock.advance(1000)
    chain.start()
    await chain.runtime.clock.advance(1999)
    expect((await chain.whole({})).error).toMatchObject({ message: expect.stringContaining('probes are under way') })
    await chain.runtime.clock.advance(1)
    chain.start()
    expect(chain.sent).toHaveLength(3)
    chain.sent[1]?.answer()
    await chain.settle()
    expect(breaker.state(origin)).toBe('closed')
  })
})

describe('refusals', () => {
  test('say how long, and nothing of the query', async () => {
    await using chain = new Scripted(circuitBreaker(quick))
    await chain.whole({ status: 503 })
    await chain.runtime.clock.advance(250)
    const { error } = await chain.whole({})
    expect(error).toMatchObject({
      by: 'breaker',
      sent: 'no',
      message: `GET ${origin}/things: the circuit breaker of ${origin} is open, and tries again in 750 ms`,
    })
  })

  test('speak of the whole call', async () => {
    await using chain = new Scripted(circuitBreaker(quick))
    const first = await chain.whole({ status: 503 })
    noteSent(first.call, 'maybe')
    const again = chain.start({ call: first.call.fork({ attempt: 1 }) })
    await chain.settle()
    expect(again.error).toMatchObject({ by: 'breaker', sent: 'maybe' })
  })
})

test('one circuit per origin', async () => {
  const breaker = circuitBreaker(quick)
  await using chain = new Scripted(breaker)
  await chain.whole({ status: 503 }, 'http://a.test')
  expect((await chain.whole({}, 'http://b.test')).status).toBe(200)
  expect([breaker.state('http://a.test'), breaker.state('http://b.test'), breaker.state()]).toEqual([
    'open',
    'closed',
    'open',
  ])
  expect(breaker.state('http://never.test')).toBe('closed')
})

test('open and close by hand: one, or all and those to come', async () => {
  const breaker = circuitBreaker({ resetMs: 1000 })
  await using chain = new Scripted(breaker)
  breaker.open('http://a.test')
  expect((await chain.whole({}, 'http://a.test')).error).toBeInstanceOf(RejectedError)
  expect((await chain.whole({}, 'http://b.test')).status).toBe(200)
  breaker.close('http://a.test')
  expect((await chain.whole({}, 'http://a.test')).status).toBe(200)
  breaker.open()
  await chain.runtime.clock.advance(400)
  for (const one of ['http://a.test', 'http://b.test', 'http://new.test'])
    expect((await chain.whole({}, one)).error).toMatchObject({ message: expect.stringContaining('in 600 ms') })
  breaker.close()
  for (const one of ['http://a.test', 'http://new.test', 'http://other.test'])
    expect((await chain.whole({}, one)).status).toBe(200)
})

test('clients that share the middleware share the circuits, and an extension tells once', async () => {
  const seen: unknown[] = []
  const breaker = circuitBreaker({ ...quick, onStateChange: (change) => seen.push(change) })
  await using one = new Scripted(breaker, ['breaker'])
  const extended = new Scripted(breaker, [], one.runtime)
  await using other = new Scripted(breaker, ['breaker'])
  await extended.whole({ status: 503 })
  for (const chain of [one, extended, other]) expect((await chain.whole({})).error).toBeInstanceOf(RejectedError)
  expect(seen).toEqual([{ origin, from: 'closed', to: 'open' }])
  expect(one.events.filter(({ event }) => 'type' in event && event.type === 'state')).toHaveLength(1)
  expect(other.events[0]).toEqual({ name: 'breaker', event: { type: 'state', origin, from: 'closed', to: 'open' } })
})

test('tells of changes and refusals; a listener that throws harms no call', async () => {
  const thrown: unknown[] = []
  const note = (error: unknown): void => void thrown.push(error)
  process.on('unhandledRejection', note)
  const breaker = circuitBreaker({
    ...quick,
    onStateChange: () => {
      throw new Error('listener')
    },
  })
  await using chain = new Scripted(breaker, ['breaker'])
  await chain.whole({ status: 503 })
  await chain.whole({})
  await chain.runtime.clock.advance(1000)
  expect((await chain.whole({})).status).toBe(200)
  await chain.settle()
  process.off('unhandledRejection', note)
  expect(thrown).toEqual([new Error('listener'), new Error('listener'), new Error('listener')])
  expect(chain.events.map(({ event }) => event)).toEqual([
    { type: 'state', origin, from: 'closed', to: 'open' },
    { type: 'rejected', origin, state: 'open', retryAfterMs: 1000 },
    { type: 'state', origin, from: 'open', to: 'half-open' },
    { type: 'state', origin, from: 'half-open', to: 'closed' },
  ])
})

describe('export and import', () => {
  test('through JSON, before the first client is made', async () => {
    const breaker = circuitBreaker(quick)
    await using chain = new Scripted(breaker)
    await chain.whole({ status: 503 })
    const exported = JSON.parse(JSON.stringify(breaker.export()))
    const heir = circuitBreaker(quick)
    heir.import(exported)
    await using other = new Scripted(heir)
    expect((await other.whole({})).error).toMatchObject({ by: 'breaker' })
    await other.runtime.clock.advance(1000)
    expect((await other.whole({})).status).toBe(200)
  })

  test.each([
    [null, 'state: '],
    [[], 'state: '],
    [{ [origin]: { state: 'ajar' } }, `state["${origin}"].state`],
    [{ [origin]: { opened: 1 } }, `state["${origin}"].opened`],
    [{ [origin]: { window: [{ calls: 1, failures: 2 }] } }, `state["${origin}"].window[0]`],
  ])('refuses %j', (state, option) => {
    const breaker = circuitBreaker()
    // What was read from a file can be anything.
    expect(() => breaker.import(JSON.parse(JSON.stringify(state)))).toThrow(option)
  })
})

describe('options', () => {
  const wrong: readonly (readonly [CircuitBreakerOptions, string])[] = [
    [{ failureRatio: 0 }, 'circuitBreaker.failureRatio'],
    [{ failureRatio: 1.1 }, 'circuitBreaker.failureRatio'],
    [{ windowMs: 100, bucketMs: 101 }, 'circuitBreaker.bucketMs'],
    [{ windowMs: 60_000, bucketMs: 1 }, 'circuitBreaker.bucketMs'],
    [{ window: { calls: 5 }, minimumRequests: 6 }, 'circuitBreaker.minimumRequests'],
    [{ slowCallRatio: 0.5 }, 'circuitBreaker.slowCallMs'],
    [{ halfOpenProbes: 0 }, 'circuitBreaker.halfOpenProbes'],
    [{ statuses: [99] }, 'circuitBreaker.statuses'],
  ]
  test.each(wrong)('refuses %j', (options, option) => {
    expect(() => circuitBreaker(options)).toThrow(`${option}: expected`)
  })

  test('an unknown name, with the nearest known one', () => {
    const options = { resetMs: 5, failureRatios: 0.5 }
    expect(() => circuitBreaker(options)).toThrow("did you mean 'failureRatio'?")
  })
})

describe('Ballerina', () => {
  test('with a volume of six and a peer that always fails, six reach it, the seventh is refused', async () => {
    const breaker = circuitBreaker(
      ballerinaCircuitBreaker({
        rollingWindow: { timeWindow: 60, bucketSize: 20, requestVolumeThreshold: 6 },
        failureThreshold: 0.3,
        resetTime: 10,
        statusCodes: [501, 502, 503],
      }),
    )
    await using chain = new Scripted(breaker)
    for (let one = 0; one < 6; one += 1) expect((await chain.whole({ status: 501 })).status).toBe(501)
    expect((await chain.whole({})).error).toMatchObject({ message: expect.stringContaining('10000 ms') })
    expect(chain.sent).toHaveLength(6)
    await chain.runtime.clock.advance(10_000)
    expect((await chain.whole({ status: 500 })).status).toBe(500)
    expect(breaker.state(origin)).toBe('closed')
  })

  test('above the threshold, not at it', async () => {
    const options = ballerinaCircuitBreaker({
      rollingWindow: { requestVolumeThreshold: 2 },
      failureThreshold: 0.5,
      resetTime: 9,
    })
    const breaker = circuitBreaker(options)
    await using chain = new Scripted(breaker)
    for (const outcome of [broken(), {}, {}, broken()]) await chain.whole(outcome)
    expect(breaker.state(origin)).toBe('closed')
    await chain.whole(broken())
    expect(breaker.state(origin)).toBe('open')
  })

  test('its defaults: any error counts, no status does', async () => {
    const breaker = circuitBreaker({ ...ballerinaCircuitBreaker(), resetMs: 1 })
    await using chain = new Scripted(breaker)
    for (let one = 0; one < 20; one += 1) await chain.whole({ status: 503 })
    expect(breaker.state(origin)).toBe('closed')
    await chain.whole(broken())
    expect(breaker.state(origin)).toBe('open')
    expect(circuitBreaker(ballerinaCircuitBreaker({ failureThreshold: 1 })).name).toBe('breaker')
  })

  test('refuses a window shorter than its buckets, and a threshold that is no ratio', () => {
    expect(() => ballerinaCircuitBreaker({ rollingWindow: { timeWindow: 5 } })).toThrow(ConfigError)
    expect(() => ballerinaCircuitBreaker({ failureThreshold: -0.1 })).toThrow(
      'ballerinaCircuitBreaker.failureThreshold',
    )
  })
})

test('origins that are idle are forgotten beyond a thousand, one that is open is not', async () => {
  const breaker = circuitBreaker(quick)
  await using chain = new Scripted(breaker)
  breaker.open('http://open.test')
  for (let one = 0; one < 1500; one += 1) chain.start({ origin: `http://host-${one}.test` })
  expect(Object.keys(breaker.export())).toHaveLength(1000)
  expect((await chain.whole({}, 'http://open.test')).error).toBeInstanceOf(RejectedError)
})
