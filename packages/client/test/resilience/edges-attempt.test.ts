import { RejectedError, respond, TransportError, type Middleware } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { rejection, turn } from '../support/thrown.ts'
import { atOnce, fate, lab, never, spying, type Lab, type LabConfig } from './kit-edges/lab.ts'

const origin = 'http://a.test'

/** The edges below retry: see `edges.test.ts`. */
describe('breaker', () => {
  const failing = (): never => {
    throw new TransportError('gone', { code: 'socket', sent: 'maybe', target: 'x' })
  }

  test('retry > breaker: every failure is a sample, a rejected attempt is not retried on the same endpoint', async () => {
    await using set = lab(failing, { retry: { ...atOnce, attempts: 10 }, circuitBreaker: { minimumRequests: 4 } })
    const error = await set.soon(rejection(set.api.get('/')))
    expect(error).toMatchObject({ code: 'rejected', by: 'breaker', sent: 'maybe' })
    // Four samples of one call opened it, the fifth attempt was refused, and a sixth was not made.
    expect(set.transport.requests).toHaveLength(4)
    expect(set.api.stats()['breaker']).toMatchObject({ [origin]: { state: 'open', rejected: 1 } })
  })

  test('balance > breaker: each endpoint has its own, and an open one sends the request elsewhere', async () => {
    await using set = lab(
      (request) => respond({ status: request.origin === origin ? 503 : 200 }),
      { circuitBreaker: { minimumRequests: 2 }, outlier: false, balance: { strategy: 'round-robin' } },
      [origin, 'http://b.test'],
    )
    for (let call = 0; call < 10; call += 1)
      expect(await set.soon(fate(set.api.get('/', { retry: atOnce })))).toBe('200')
    expect(set.api.breaker.state(origin)).toBe('open')
    expect(set.api.breaker.state('http://b.test')).toBe('closed')
    expect(set.origins().filter((one) => one === origin)).toHaveLength(2)
  })

  test.each(['GET', 'POST'])(
    'retry > balance > breaker: another attempt of %s passes an endpoint whose breaker is open',
    async (method) => {
      const third = 'http://c.test'
      await using set = lab(
        (request) => respond({ status: request.origin === origin ? 503 : 200 }),
        {
          circuitBreaker: {},
          retry: { ...atOnce, attempts: 2, methods: ['GET', 'POST'] },
          outlier: false,
          balance: { strategy: fewestFailures },
        },
        [origin, 'http://b.test', third],
      )
      set.api.breaker.open('http://b.test')
      // The first attempt was sent and failed; that the breaker of b refuses the second sends it on to c.
      expect(await set.soon(fate(set.api.execute(method, '/')))).toBe('200')
      expect(set.origins()).toEqual([origin, third])
      // The call was sent, this attempt was not: going on costs nothing but the one retry.
      expect(set.api.stats()['retry']).toEqual({ [origin]: 99 })
    },
  )

  test('balance > breaker: all of them open is a refusal by endpoints, and nothing is sent', async () => {
    await using set = lab({}, { circuitBreaker: {} }, [origin, 'http://b.test'])
    set.api.breaker.open()
    const error = await set.soon(rejection(set.api.get('/')))
    expect(error).toMatchObject({ code: 'rejected', by: 'endpoints', sent: 'no' })
    expect(set.transport.requests).toEqual([])
  })

  test.each<[string, LabConfig, (set: Lab) => unknown, unknown]>([
    ['bulkhead', { bulkhead: { maxConcurrent: 1 } }, held, 0],
    ['rate-limit', { rateLimit: { permits: 1, perMs: 1_000 } }, waitMs, 0],
    ['adaptive-limit', { adaptive: { initial: 1, max: 1 } }, held, 0],
  ])('breaker > limit: an open breaker takes no permit of %s', async (_name, limit, taken, none) => {
    await using set = lab({ status: 204 }, { ...limit, circuitBreaker: {}, retry: false })
    set.api.breaker.open(origin)
    for (let call = 0; call < 5; call += 1) expect(await fate(set.api.get('/'))).toBe('rejected by breaker')
    expect(taken(set) ?? none).toBe(none)
    set.api.breaker.close(origin)
    expect(await fate(set.api.get('/'))).toBe('204')
  })

  test.each<[string, LabConfig]>([
    ['bulkhead', { bulkhead: { maxConcurrent: 1 } }],
    ['rate', { rateLimit: { permits: 1, perMs: 1_000 } }],
    ['adaptive', { adaptive: { initial: 1, max: 1 } }],
  ])('breaker > limit: a rejection by %s is no sample', async (_name, limit) => {
    await using set = lab(never, { ...limit, circuitBreaker: { minimumRequests: 2 }, retry: false, timeout: 100 })
    const first = fate(set.api.get('/'))
    await turn()
    for (let call = 0; call < 20; call += 1) expect(await fate(set.api.get('/'))).toMatch(/^rejected by (?!breaker)/)
    expect(set.api.breaker.state(origin)).toBe('closed')
    expect(set.api.stats()['breaker']).toMatchObject({ [origin]: { calls: 0, failures: 0 } })
    await set.clock.advance(100)
    expect(await first).toBe('timeout total')
  })

  test('breaker > limit: a deadline that comes in the queue is no sample, one that comes at the peer is', async () => {
    await using set = lab(never, { bulkhead: { maxConcurrent: 1, maxQueued: 9 }, circuitBreaker: {}, retry: false })
    const calls = Array.from({ length: 5 }, () => fate(set.api.get('/', { timeout: 100 })))
    await set.clock.advance(100)
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['timeout total']))
    expect(set.transport.requests.length).toBeLessThanOrEqual(1)
    expect(set.api.stats()['breaker']).toMatchObject({ [origin]: { calls: 1, failures: 1 } })
  })

  test('breaker > attempt-timeout: timeouts count', async () => {
    await using set = lab(never, {
      circuitBreaker: { minimumRequests: 3 },
      timeout: { attemptMs: 50 },
      retry: { ...atOnce, attempts: 5 },
    })
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(200)
    expect(await outcome).toBe('rejected by breaker')
    expect([set.transport.requests.length, set.api.breaker.state(origin)]).toEqual([3, 'open'])
  })

  test('retry > breaker: a rejection spends nothing of the budget', async () => {
    await using set = lab({}, { circuitBreaker: {}, retry: { ...atOnce, budget: { ratio: 0, perSecond: 1 } } })
    set.api.breaker.open(origin)
    for (let call = 0; call < 30; call += 1) expect(await fate(set.api.get('/'))).toBe('rejected by breaker')
    expect(set.api.stats()['retry']).toEqual({ [origin]: 10 })
  })
})

describe('limits', () => {
  test.each<[string, LabConfig]>([
    ['bulkhead', { bulkhead: { maxConcurrent: 1 } }],
    ['adaptive-limit', { adaptive: { initial: 1, max: 1 } }],
  ])('retry > limit: who sleeps between attempts holds no permit of %s', async (_name, limit) => {
    await using set = lab(({ path }) => respond({ status: path === '/slow' ? 503 : 200, body: 'x' }), {
      ...limit,
      retry: { backoff: () => 1_000, attempts: 2 },
    })
    const sleeping = fate(set.api.get('/slow'))
    await set.clock.advance(500)
    expect(set.transport.requests).toHaveLength(1)
    expect(held(set)).toBe(0)
    expect(await fate(set.api.get('/'))).toBe('200')
    await set.clock.advance(500)
    expect(await sleeping).toBe('503')
  })

  test('retry > rate-limit: each attempt pays for a permit', async () => {
    await using set = lab(
      { status: 503 },
      { rateLimit: { permits: 2, perMs: 60_000 }, retry: { ...atOnce, attempts: 5 } },
    )
    expect(await set.soon(fate(set.api.get('/')))).toBe('rejected by rate')
    expect(set.transport.requests).toHaveLength(2)
  })

  test('rate-limit > bulkhead: who waits for the rate holds no place, and who finds none has paid', async () => {
    await using set = lab(never, {
      rateLimit: { permits: 2, perMs: 1_000, queueMs: 5_000, algorithm: 'sliding-window' },
      bulkhead: { maxConcurrent: 2 },
      retry: false,
    })
    const controller = new AbortController()
    const calls = Array.from({ length: 3 }, () => fate(set.api.get('/', { signal: controller.signal })))
    await turn()
    expect(held(set)).toBe(2)
    expect(set.api.stats()['limits']).toMatchObject({
      rate: { [origin]: { queued: 1 } },
      bulkhead: { [origin]: { queued: 0 } },
    })
    await set.clock.advance(1_000)
    expect(await calls[2]).toBe('rejected by bulkhead')
    controller.abort()
    expect(await Promise.all(calls)).toEqual(['aborted', 'aborted', 'rejected by bulkhead'])
    await set.clock.advance(1_000)
  })

  test('bulkhead > adaptive-limit: who waits for a place is not under way for the limit that learns', async () => {
    await using set = lab(never, {
      bulkhead: { maxConcurrent: 1, maxQueued: 5 },
      adaptive: { initial: 3 },
      retry: false,
    })
    const controller = new AbortController()
    const calls = Array.from({ length: 4 }, () => fate(set.api.get('/', { signal: controller.signal })))
    await turn()
    expect(set.api.stats()['limits']).toMatchObject({
      bulkhead: { [origin]: { held: 1, queued: 3 } },
      adaptive: { [origin]: { held: 1, queued: 0 } },
    })
    controller.abort()
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['aborted']))
  })

  test.each<[string, LabConfig]>([
    ['bulkhead', { bulkhead: { maxConcurrent: 1, maxQueued: 5 } }],
    ['adaptive-limit', { adaptive: { initial: 1, max: 1, maxQueued: 5 } }],
    ['rate-limit', { rateLimit: { permits: 1, perMs: 90, queueMs: 10_000 } }],
  ])("limit > attempt-timeout: queueing in %s is not the server's slowness", async (_name, limit) => {
    await using set = lab(
      async () => {
        await new Promise<void>((resolve) => void set.clock.after(90, resolve))
        return respond({ status: 204 })
      },
      { ...limit, timeout: { attemptMs: 100 }, retry: false },
    )
    const calls = Array.from({ length: 5 }, () => fate(set.api.get('/')))
    await set.clock.advance(450)
    expect(await Promise.all(calls)).toEqual(['204', '204', '204', '204', '204'])
    // The last one waited for more than three times what an attempt may take.
    expect(set.clock.now()).toBe(450)
  })

  test('a permit is held until the body settles: not to the head, and not longer than a discard', async () => {
    await using set = lab({ body: 'x' }, { bulkhead: { maxConcurrent: 1 }, retry: false })
    const response = await set.api.get('/')
    expect(held(set)).toBe(1)
    expect(await fate(set.api.get('/'))).toBe('rejected by bulkhead')
    await response.discard()
    expect(held(set)).toBe(0)
    expect(await set.api.get('/').text()).toBe('x')
    expect(held(set)).toBe(0)
  })
})

describe('attempt-timeout, use.attempt, transport', () => {
  test('attempt-timeout > use.attempt: a middleware that hangs is bounded', async () => {
    const hanging: Middleware = { name: 'hanging', wrap: () => never }
    await using set = lab(
      {},
      { use: { attempt: [hanging] }, timeout: { attemptMs: 50 }, retry: { ...atOnce, attempts: 2 } },
    )
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(100)
    expect([await outcome, set.clock.now()]).toEqual(['timeout attempt', 100])
  })

  test('retry > attempt-timeout: each attempt has all of its time', async () => {
    await using set = lab(never, { timeout: { attemptMs: 50 }, retry: { backoff: () => 10, attempts: 3 } })
    let settledAt = -1
    const outcome = fate(set.api.get('/')).finally(() => (settledAt = set.clock.now()))
    await set.clock.advance(1_000)
    expect([await outcome, settledAt]).toEqual(['timeout attempt', 170])
  })

  test('use.attempt runs per attempt, and knows the endpoint', async () => {
    const seen: (readonly [string, number])[] = []
    const calls: string[] = []
    const use = {
      call: [spying('call', (request) => void calls.push(request.origin))],
      attempt: [spying('attempt', (request, attempt) => void seen.push([request.origin, attempt]))],
    }
    await using set = lab(
      [{ status: 503 }, new RejectedError('no', { by: 'rate', sent: 'no', target: 'x' }), {}],
      { use, retry: atOnce, balance: { strategy: inOrder } },
      [origin, 'http://b.test', 'http://c.test'],
    )
    expect(await set.soon(fate(set.api.get('/')))).toBe('200')
    expect(calls).toEqual([origin])
    expect(seen.map(([, attempt]) => attempt)).toEqual([0, 1, 1])
    expect(seen.map(([asked]) => asked)).toEqual(set.origins())
    expect(set.origins()[1]).not.toBe(origin)
  })

  test('limit > use.attempt: what is refused never reaches it', async () => {
    let seen = 0
    const use = { attempt: [spying('attempt', () => void (seen += 1))] }
    await using set = lab({}, { use, rateLimit: { permits: 1, perMs: 60_000 }, retry: false })
    expect([await fate(set.api.get('/')), await fate(set.api.get('/')), seen]).toEqual(['200', 'rejected by rate', 1])
  })

  test('use.attempt > transport: what it adds goes over the wire, afresh each time', async () => {
    const stamping: Middleware = {
      name: 'stamping',
      wrap: (next) => (request, call) =>
        next(request.with({ headers: request.headers.append('x-attempt', String(call.attempt)) }), call),
    }
    await using set = lab([{ status: 503 }, {}], { use: { attempt: [stamping] }, retry: atOnce })
    expect(await set.soon(fate(set.api.get('/')))).toBe('200')
    expect(set.transport.requests.map(({ headers }) => headers.getAll('x-attempt'))).toEqual([['0'], ['1']])
  })
})

/** The first of those that may be chosen. */
function inOrder<T>(endpoints: readonly T[]): T {
  const [first] = endpoints
  if (first === undefined) throw new Error('nobody')
  return first
}

/** The first of those that have failed the least. */
function fewestFailures<T extends { readonly failures: number }>(endpoints: readonly T[]): T {
  return inOrder(endpoints.toSorted((left, right) => left.failures - right.failures))
}

/** Permits that are held now, of a limit on calls at once. */
function held({ api }: Lab): unknown {
  return find(api.stats()['limits'], 'held')
}

function waitMs({ api }: Lab): unknown {
  return find(api.stats()['limits'], 'waitMs')
}

/** The first value of that name, however deep. */
function find(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found: unknown = key === name ? inner : find(inner, name)
    if (found !== undefined) return found
  }
  return undefined
}
