import { gzipSync } from 'node:zlib'
import { RejectedError, respond, type Middleware } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { rejection, turn } from '../support/thrown.ts'
import { atOnce, fate, lab, never, spying } from './kit-edges/lab.ts'

/** Each edge of the order has a test that is named after it: what lies outside > what lies inside. */

describe('use.call, fallback, deadline', () => {
  test('use.call > fallback: it sees the answer of the fallback, once a call', async () => {
    const seen: number[] = []
    const looking: Middleware = {
      name: 'looking',
      wrap: (next) => async (request, call) => {
        const response = await next(request, call)
        seen.push(response.status)
        return response
      },
    }
    await using set = lab({ status: 503 }, { use: { call: [looking] }, retry: atOnce, fallback: () => respond({}) })
    expect(await set.soon(fate(set.api.get('/')))).toBe('200')
    expect(seen).toEqual([200])
    expect(set.transport.requests).toHaveLength(3)
  })

  test('use.call > fallback: what it throws has no fallback', async () => {
    const wrong = new Error('mine')
    const failing: Middleware = { name: 'failing', wrap: () => () => Promise.reject(wrong) }
    await using set = lab({}, { use: { call: [failing] }, fallback: () => respond({}) })
    expect(await rejection(set.api.get('/'))).toBe(wrong)
  })

  test('use.call > deadline: the total time does not count what it waits for', async () => {
    const late: Middleware = {
      name: 'late',
      wrap: (next, runtime) => async (request, call) => {
        await runtime.sleep(5_000)
        return await next(request, call)
      },
    }
    await using set = lab({ status: 204 }, { use: { call: [late] }, timeout: 100 })
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(5_000)
    expect(await outcome).toBe('204')
  })

  test('fallback > deadline: a spent budget is answered by the fallback', async () => {
    const kinds: string[] = []
    const fallback = ({ kind }: { kind: string }) => {
      kinds.push(kind)
      return respond({ status: 203, body: 'made up' })
    }
    await using set = lab(never, { timeout: 100, fallback })
    const text = set.api.get('/').text()
    await set.clock.advance(100)
    expect(await text).toBe('made up')
    expect([kinds, set.clock.now()]).toEqual([['timeout'], 100])
  })

  test('fallback > deadline: the total time does not count how long the fallback takes', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof respond>>()
    await using set = lab(never, { timeout: 100, fallback: () => promise })
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(10_000)
    resolve(respond({ status: 203 }))
    expect(await outcome).toBe('203')
  })

  test('fallback > retry: it is asked once, for what failed for good', async () => {
    const attempts: number[] = []
    const fallback = ({ response }: { response?: { status: number } | undefined }) => {
      attempts.push(response?.status ?? 0)
      return undefined
    }
    await using set = lab([{ status: 503 }, { status: 502 }, { status: 500 }], { retry: atOnce, fallback })
    expect(await set.soon(fate(set.api.get('/')))).toBe('500')
    expect(attempts).toEqual([500])
  })

  test('fallback > breaker, limit: what was refused is answered, too', async () => {
    await using set = lab({}, { circuitBreaker: {}, fallback: ({ kind }) => respond({ body: kind }) })
    set.api.breaker.open('http://a.test')
    expect(await set.api.get('/').text()).toBe('rejected')
    expect(set.transport.requests).toEqual([])
  })

  test.each([
    ['bulkhead', { bulkhead: { maxConcurrent: 1, maxQueued: 5 } }],
    ['rate-limit', { rateLimit: { permits: 1, perMs: 20_000, queueMs: 60_000 } }],
    ['adaptive-limit', { adaptive: { initial: 1, max: 1, maxQueued: 5 } }],
  ])('deadline > limit: the deadline covers the queue of %s', async (_name, limit) => {
    await using set = lab(never, { ...limit, retry: false, timeout: 30_000 })
    const first = fate(set.api.get('/', { timeout: 60_000 }))
    const second = rejection(set.api.get('/', { timeout: 10_000 }))
    await set.clock.advance(10_000)
    // A rate limit knows that it would be in vain, and says so at once.
    expect(await second).toMatchObject({ sent: 'no' })
    expect(set.clock.now()).toBe(10_000)
    expect(set.transport.requests).toHaveLength(1)
    await set.clock.advance(50_000)
    expect(await first).toBe('timeout total')
  })

  test('deadline > retry: the deadline covers the sleep, and a wait beyond it does not begin', async () => {
    await using set = lab({ status: 503 }, { retry: { backoff: () => 400, attempts: 10 }, timeout: 1_000 })
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(1_000)
    expect(await outcome).toBe('503')
    expect(set.transport.requests).toHaveLength(3)
  })

  test('deadline > hedge: both requests end with it', async () => {
    let cancelled = 0
    await using set = lab(
      (_request, call) => {
        call.addListener({ onCancel: () => void (cancelled += 1) })
        return never()
      },
      { hedge: { after: { ms: 10 } }, timeout: 100, retry: false },
    )
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(100)
    expect([await outcome, set.transport.requests.length, cancelled]).toEqual(['timeout total', 2, 2])
  })

  test('deadline > balance: a failover does not begin anew', async () => {
    await using set = lab(
      never,
      { timeout: { totalMs: 250, attemptMs: 100 }, retry: false, balance: { strategy: 'ordered' } },
      ['http://a.test', 'http://b.test', 'http://c.test', 'http://d.test'],
    )
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(250)
    expect(await outcome).toBe('timeout total')
    expect(set.origins()).toEqual(['http://a.test', 'http://b.test', 'http://c.test'])
  })
})

describe('decode-content', () => {
  const coded = { 'content-encoding': 'gzip' }

  test('decode-content > retry: an answer that is thrown away is never decoded', async () => {
    const codings: (string | undefined)[] = []
    const when = ({ response }: { response?: { headers: { get(name: string): string | undefined } } | undefined }) => {
      codings.push(response?.headers.get('content-encoding'))
      return true
    }
    const broken = { status: 503, headers: coded, body: 'no gzip at all' }
    const fine = { headers: coded, body: gzipSync('fine') }
    await using set = lab([broken, broken, fine], { retry: { ...atOnce, when } })
    const response = await set.soon(set.api.get('/'))
    expect(await response.text()).toBe('fine')
    // Below it bodies are as they were sent; above it they are plain.
    expect(codings).toEqual(['gzip', 'gzip'])
    expect(response.headers.get('content-encoding')).toBeUndefined()
  })

  test('fallback > decode-content: its answer is not decoded, and the failure that it sees is', async () => {
    const seen: (string | undefined)[] = []
    await using set = lab(
      { status: 503, headers: coded, body: gzipSync('down') },
      {
        retry: false,
        fallback: async (failure) => {
          seen.push(await failure.text())
          return respond({ headers: { 'content-type': 'text/plain' }, body: 'plain' })
        },
      },
    )
    expect(await set.api.get('/').text()).toBe('plain')
    expect(seen).toEqual(['down'])
  })
})

describe('retry and hedge', () => {
  test('retry > hedge: the requests of a hedge are one attempt', async () => {
    const attempts: number[] = []
    const use = { attempt: [spying('attempts', (_request, attempt) => void attempts.push(attempt))] }
    await using set = lab(
      async (_request, call) => {
        await new Promise<void>((resolve) => void set.clock.after(50, resolve))
        return respond({ status: call.attempt === 0 ? 503 : 200 })
      },
      { hedge: { after: { ms: 10 } }, retry: atOnce, use },
    )
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(200)
    expect([await outcome, attempts]).toEqual(['200', [0, 0, 1, 1]])
  })

  test('hedge > balance: the further request goes to another endpoint', async () => {
    await using set = lab(never, { hedge: { after: { ms: 10 }, max: 2 }, timeout: 100, retry: false }, [
      'http://a.test',
      'http://b.test',
      'http://c.test',
    ])
    for (let round = 0; round < 2; round += 1) {
      const outcome = fate(set.api.get('/'))
      await set.clock.advance(100)
      await outcome
      const [first, second] = set.origins().slice(-3)
      expect(set.origins()).toHaveLength(3 * (round + 1))
      expect(second).not.toBe(first)
    }
  })

  test('hedge > breaker: both requests are samples, and a refused one is no answer', async () => {
    await using set = lab(
      async () => {
        await new Promise<void>((resolve) => void set.clock.after(50, resolve))
        return respond({ status: 503 })
      },
      { hedge: { after: { ms: 10 } }, retry: false, circuitBreaker: { minimumRequests: 2 } },
    )
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(60)
    expect(await outcome).toBe('503')
    expect(set.api.breaker.state('http://a.test')).toBe('open')
  })

  test('hedge > limit: the further request needs a permit of its own, and the loser gives its back', async () => {
    let asked = 0
    await using set = lab(
      () => {
        asked += 1
        return asked === 1 ? never() : respond({})
      },
      { hedge: { after: { ms: 10 } }, bulkhead: { maxConcurrent: 2 } },
    )
    const outcome = fate(set.api.get('/'))
    await set.clock.advance(5)
    expect(set.api.stats()['limits']).toMatchObject({ bulkhead: { 'http://a.test': { held: 1 } } })
    await set.clock.advance(5)
    expect(await outcome).toBe('200')
    await turn()
    expect(set.api.stats()['limits']).toMatchObject({ bulkhead: { 'http://a.test': { held: 0 } } })
  })

  test.each(['p2c-ewma', 'round-robin', 'ordered', 'least-pending'] as const)(
    'retry > balance: another attempt picks another endpoint, with %s',
    async (strategy) => {
      await using set = lab(
        { status: 500 },
        { retry: { ...atOnce, attempts: 2 }, balance: { strategy, failover: false }, outlier: false },
        ['http://a.test', 'http://b.test'],
      )
      for (let call = 0; call < 20; call += 1) expect(await set.soon(fate(set.api.get('/')))).toBe('500')
      const origins = set.origins()
      expect(origins).toHaveLength(40)
      for (let at = 0; at < 40; at += 2) expect(origins[at]).not.toBe(origins[at + 1])
    },
  )

  test('retry > balance: a failover is no attempt of retry', async () => {
    const refused = new RejectedError('no', { by: 'rate', sent: 'no', target: 'x' })
    await using set = lab([refused, { status: 503 }, refused, {}], { retry: { ...atOnce, attempts: 2 } }, [
      'http://a.test',
      'http://b.test',
    ])
    expect(await set.soon(fate(set.api.get('/')))).toBe('200')
    expect(set.transport.requests).toHaveLength(4)
  })
})
