import {
  headerList,
  httpRequest,
  newCall,
  noHeaders,
  respond,
  streamBody,
  textBody,
  type Middleware,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { balance, ballerinaFailover, ballerinaLoadBalance, EndpointsError } from '../../src/balance/index.ts'
import { RetryBudgets } from '../../src/retry/budgets.ts'
import { broken, failure, rig, stalls } from './kit/backends.ts'

const three = ['http://a', 'http://b', 'http://c']
const turns = { strategy: 'round-robin' } as const

describe('the contract', () => {
  const base = { base: 'http://conformance.test' }
  test.each([
    ['one endpoint', ['http://a'], base],
    ['the endpoint itself', ['http://conformance.test'], {}],
    ['ordered', ['http://a', 'http://b'], { ...base, strategy: 'ordered', intervalMs: 100 }],
    ['statuses', three, { ...base, ...turns, failoverStatuses: [302, 500, 503] }],
    ['without failover', three, { ...base, failover: false }],
  ] as const)('%s', async (_name, endpoints, options) => {
    await expect(
      checkMiddleware(() => balance(endpoints, options), { mayReplaceErrors: true }),
    ).resolves.toBeUndefined()
  })

  test('health checks and sources too', async () => {
    const source = {
      base: 'http://conformance.test',
      async *watch() {
        yield await Promise.resolve(['http://a', 'http://b'])
      },
    }
    await expect(
      checkMiddleware(() => balance(source, { health: {} }), {
        mayReplaceErrors: true,
        send: () => Promise.resolve(respond({})),
      }),
    ).resolves.toBeUndefined()
  })
})

describe('where requests go', () => {
  test('the origin and the base path of the endpoint are put in place of the base’s', async () => {
    const { text, transport } = rig(['http://a/v1/', 'http://b:8080', 'http://c/other/base'], turns)
    for (let turn = 0; turn < 2; turn += 1) {
      for (const path of ['/x?q=1', '', '?q=2']) await text(path)
    }
    expect(transport.requests.map(({ url }) => url)).toEqual([
      'http://a/v1/x?q=1',
      'http://b:8080/',
      'http://c/other/base?q=2',
      'http://a/v1/x?q=1',
      'http://b:8080/',
      'http://c/other/base?q=2',
    ])
  })

  test('a request to another origin passes as it is', async () => {
    const { api, transport } = rig(['http://a', { url: 'http://b', headers: { authorization: 'secret' } }], turns)
    await api.get('http://elsewhere/x')
    await api.get('http://b/x')
    expect(transport.requests.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['http://elsewhere/x', undefined],
      ['http://b/x', undefined],
    ])
  })

  test('headers and middlewares of an endpoint stay with it', async () => {
    const wrapped: string[] = []
    const signs: Middleware = {
      name: 'signs',
      wrap: (next) => {
        wrapped.push('signs')
        return (request, call) =>
          next(request.with({ headers: request.headers.with('x-signed', request.origin) }), call)
      },
    }
    const { text, transport } = rig(
      [
        { url: 'http://a', headers: { authorization: 'for a', 'x-all': 'a' } },
        { url: 'http://b', use: [signs] },
      ],
      { ...turns, failoverStatuses: [503] },
      { a: 503 },
    )
    await text('/', { headers: { 'x-all': 'call' } })
    await text('/')
    await text('/')
    expect(
      transport.requests.map(({ url, headers }) => [
        url,
        headers.get('authorization'),
        headers.get('x-signed'),
        headers.get('x-all'),
      ]),
    ).toEqual([
      ['http://a/', 'for a', undefined, 'a'],
      ['http://b/', undefined, 'http://b', 'call'],
      ['http://a/', 'for a', undefined, 'a'],
      ['http://b/', undefined, 'http://b', undefined],
      ['http://a/', 'for a', undefined, 'a'],
      ['http://b/', undefined, 'http://b', undefined],
    ])
    expect(wrapped).toEqual(['signs'])
  })

  test('an endpoint with a handler of its own does not use the layers below', async () => {
    const { text, asked } = rig(
      ['http://a', { url: 'http://b', next: () => Promise.resolve(respond({ body: 'own' })) }],
      turns,
    )
    expect([await text(), await text()]).toEqual(['a', 'own'])
    expect(asked).toEqual(['a'])
  })

  test('a retry goes to another endpoint, also with a consistent hash', async () => {
    await using runtime = fakeRuntime()
    const asked: string[] = []
    const handler = balance(three, { strategy: 'consistent-hash', base: 'http://a' }).wrap((request) => {
      asked.push(request.origin)
      return Promise.resolve(respond({ status: asked.length === 1 ? 500 : 200 }))
    }, runtime)
    const call = newCall()
    const request = httpRequest({ method: 'GET', origin: 'http://a', path: '/k', headers: noHeaders, body: undefined })
    await handler(request, call)
    await handler(request, call.fork({ attempt: 1 }))
    await handler(request, newCall())
    expect(asked[1]).not.toBe(asked[0])
    expect(asked[2]).toBe(asked[0])
  })

  test('endpoints and their state are shared by a client that extends another', async () => {
    await using runtime = fakeRuntime()
    const balancer = balance(three, turns)
    const asked: string[] = []
    const next = (request: { readonly origin: string }): Promise<ReturnType<typeof respond>> => {
      asked.push(request.origin)
      return Promise.resolve(respond({}))
    }
    const [one, other] = [balancer.wrap(next, runtime), balancer.wrap(next, runtime)]
    const request = httpRequest({ method: 'GET', origin: 'http://a', path: '/', headers: noHeaders, body: undefined })
    await one(request, newCall())
    await other(request, newCall())
    await one(request, newCall())
    expect(asked).toEqual(three)
  })
})

describe('failover', () => {
  test('an error sends a GET on, each endpoint at most once; all down names every one', async () => {
    const { text, asked, behaviours, transport, balancer } = rig(three, turns, {
      a: broken(),
      b: broken('no', 'connect'),
    })
    expect(await text()).toBe('c')
    expect(asked).toEqual(['a', 'b', 'c'])
    behaviours['c'] = broken('maybe', 'tls')
    const error = await failure(text('/x?secret=1'))
    expect(error).toBeInstanceOf(EndpointsError)
    expect(error).toMatchObject({
      code: 'rejected',
      by: 'endpoints',
      sent: 'maybe',
      message:
        'GET http://a/x: no endpoint is left: http://a failed (GET http://a/x: broken (maybe)); http://b failed (GET http://b/x: broken (no)); http://c failed (GET http://c/x: broken (maybe))',
      errors: [
        { endpoint: 'http://a', error: { code: 'socket' } },
        { endpoint: 'http://b', error: { code: 'connect' } },
        { endpoint: 'http://c', error: { code: 'tls' } },
      ],
    })
    expect(asked.slice(3)).toEqual(['a', 'b', 'c'])
    expect(transport.openBodies()).toBe(0)
    expect(balancer.endpoints().map(({ pending }) => pending)).toEqual([0, 0, 0])
  })

  test('nothing was sent anywhere: the error says so', async () => {
    const refused = broken('no', 'connect')
    const { text } = rig(three, turns, { a: refused, b: refused, c: refused })
    expect(await failure(text('/', { body: 'x' }, 'POST'))).toMatchObject({ by: 'endpoints', sent: 'no' })
  })

  test('a single endpoint’s failure comes as it is', async () => {
    const { text } = rig(['http://a'], {}, { a: broken() })
    expect(await failure(text())).toMatchObject({ code: 'socket', suppressed: [] })
  })

  test.each([
    ['POST', {}, ['a']],
    ['PATCH', {}, ['a']],
    ['PUT', {}, ['a', 'b']],
    ['DELETE', {}, ['a', 'b']],
    ['POST', { headers: { 'idempotency-key': 'k' } }, ['a', 'b']],
  ] as const)('%s with %o, when something may have been sent', async (method, options, expected) => {
    const { text, asked } = rig(three, turns, { a: broken() })
    const ended = await text('/', { ...options, body: 'x' }, method).catch((error: unknown) => error)
    expect(asked).toEqual(expected)
    if (expected.length === 1) expect(ended).toMatchObject({ code: 'socket', sent: 'maybe' })
    else expect(ended).toBe('b')
  })

  test('a POST that was not sent goes on, until it may have been', async () => {
    const { text, asked } = rig(three, turns, { a: broken('no', 'connect'), b: broken('maybe') })
    const error = await failure(text('/', { body: 'x' }, 'POST'))
    expect(asked).toEqual(['a', 'b'])
    expect(error).toMatchObject({ code: 'socket', sent: 'maybe', suppressed: [{ code: 'connect' }] })
  })

  test('a body that cannot be sent again does not go on', async () => {
    const { text, asked } = rig(three, turns, { a: broken() })
    const body = streamBody(ReadableStream.from([new Uint8Array([1])]))
    expect(await failure(text('/', { body }, 'PUT'))).toMatchObject({ code: 'socket' })
    expect(asked).toEqual(['a'])
  })

  test('statuses by list, and only those; answers that are dropped are discarded', async () => {
    const { api, asked, transport } = rig(three, { ...turns, failoverStatuses: [503] }, { a: 503, b: 500 })
    const response = await api.get('/')
    expect(response.status).toBe(500)
    expect(asked).toEqual(['a', 'b'])
    await response.body.discard()
    expect(transport.openBodies()).toBe(0)
  })

  test('statuses are no failures by default, but for ordered', async () => {
    const failing = { a: 503, b: 504 }
    const plain = rig(three, turns, failing)
    expect(await plain.text()).toBe('a 503')
    const ordered = rig(three, { strategy: 'ordered' }, failing)
    expect(await ordered.text()).toBe('c')
    expect(await ordered.text()).toBe('c')
    expect(ordered.asked).toEqual(['a', 'b', 'c', 'c'])
  })

  test('when each answers with such a status the last answer is the outcome, or an error where that is asked for', async () => {
    const failing = { a: 503, b: 502, c: 504 }
    expect(await rig(three, { strategy: 'ordered' }, failing).text()).toBe('c 504')
    const { text, transport } = rig(three, { strategy: 'ordered', exhausted: 'error' }, failing)
    expect(await failure(text())).toMatchObject({
      sent: 'yes',
      message:
        'GET http://a/: no endpoint is left: http://a answered 503; http://b answered 502; http://c answered 504',
    })
    expect(transport.openBodies()).toBe(0)
  })

  test('off, the first outcome is the outcome', async () => {
    const { text, asked } = rig(three, { ...turns, failover: false, failoverStatuses: [503] }, { a: broken(), b: 503 })
    expect(await failure(text())).toMatchObject({ code: 'socket' })
    expect(await text()).toBe('b 503')
    expect(asked).toEqual(['a', 'b'])
  })

  test('an ordered list is sticky to the last good one, and wraps', async () => {
    const { text, asked, behaviours } = rig(three, { strategy: 'ordered' }, { a: broken('no', 'connect') })
    await text()
    await text()
    delete behaviours['a']
    behaviours['b'] = 503
    behaviours['c'] = 503
    expect(await text()).toBe('a')
    expect(asked).toEqual(['a', 'b', 'b', 'b', 'c', 'a'])
  })

  test('the budget is asked for what may have been sent, and not for what was not', async () => {
    const { clock } = rig(three)
    const budgets = new RetryBudgets(clock, { ratio: 0, perSecond: 0.1 })
    const { text, asked } = rig(
      three,
      { ...turns, budgets, outlier: false },
      { a: broken(), b: broken('no', 'connect') },
    )
    expect(await text()).toBe('c')
    expect(asked.splice(0)).toEqual(['a', 'b', 'c'])
    expect(await failure(text())).toMatchObject({ code: 'socket' })
    expect(asked.splice(0)).toEqual(['a'])
    expect(await text()).toBe('c')
    expect(asked).toEqual(['b', 'c'])
  })

  test('a programming error is thrown as it is', async () => {
    const mistake = new TypeError('mine')
    const { text, asked } = rig(three, turns, { a: mistake })
    expect(await failure(text())).toBe(mistake)
    expect(asked).toEqual(['a'])
  })

  test('the interval is waited for, and cancelling ends it at once', async () => {
    const { text, clock, asked } = rig(three, { ...turns, intervalMs: 1_000 }, { a: broken(), c: broken() })
    const first = text()
    await clock.advance(999)
    expect(asked).toEqual(['a'])
    await clock.advance(1)
    expect(await first).toBe('b')
    const controller = new AbortController()
    const second = failure(text('/', { signal: controller.signal }))
    await clock.advance(10)
    controller.abort(new Error('enough'))
    expect(await second).toMatchObject({ code: 'aborted', suppressed: [{ code: 'socket' }] })
    expect(asked).toEqual(['a', 'b', 'c'])
    expect(clock.pending).toBe(0)
  })

  test('no wait begins that cannot end before the deadline', async () => {
    await using runtime = fakeRuntime()
    let asked = 0
    const handler = balance(three, { ...turns, intervalMs: 1_000, failoverStatuses: [503] }).wrap(() => {
      asked += 1
      return Promise.resolve(respond({ status: 503 }))
    }, runtime)
    const call = newCall().fork()
    call.deadlineAt = 1_000
    const request = httpRequest({ method: 'GET', origin: 'http://a', path: '/', headers: noHeaders, body: undefined })
    expect((await handler(request, call)).status).toBe(503)
    expect(asked).toBe(1)
    expect(runtime.clock.pending).toBe(0)
  })
})

describe('aborting', () => {
  test('counts for nothing, and sends nothing more', async () => {
    const { text, asked, balancer, clock } = rig(three, turns, { a: stalls })
    const controller = new AbortController()
    const ended = failure(text('/', { signal: controller.signal }))
    await clock.advance(0)
    expect(balancer.endpoints()[0]?.pending).toBe(1)
    controller.abort()
    expect(await ended).toMatchObject({ code: 'aborted' })
    expect(asked).toEqual(['a'])
    expect(balancer.endpoints()[0]).toMatchObject({ pending: 0, failures: 0, ewmaMs: undefined })
  })
})

describe('what is known of endpoints', () => {
  test('a request is under way until its body has settled', async () => {
    const { api, balancer } = rig(['http://a'])
    const response = await api.get('/')
    expect(balancer.endpoints()[0]?.pending).toBe(1)
    await response.body.discard()
    expect(balancer.endpoints()[0]?.pending).toBe(0)
  })

  test('endpoints are listed before a client is made, and as copies', () => {
    const balancer = balance(['http://a/x', { url: 'http://b', weight: 3, zone: 'z' }])
    expect(balancer.base).toBe('http://a/x')
    expect(balancer.endpoints()).toMatchObject([
      { url: 'http://a/x', weight: 1, pending: 0, healthy: true },
      { url: 'http://b', weight: 3, zone: 'z', position: 1 },
    ])
  })

  test('five failures in a row eject; events tell of it and of each failover', async () => {
    const { text, events, asked, clock } = rig(['http://a', 'http://b'], turns, { a: broken() })
    for (let turn = 0; turn < 10; turn += 1) expect(await text()).toBe('b')
    expect(asked.filter((host) => host === 'a')).toHaveLength(5)
    expect(events.filter(({ type }) => type === 'failover')).toHaveLength(5)
    expect(events.find(({ type }) => type === 'failover')).toMatchObject({
      from: 'http://a',
      to: 'http://b',
      target: 'GET http://a/',
      status: undefined,
      error: { code: 'socket' },
    })
    expect(events.find(({ type }) => type === 'ejected')).toEqual({ type: 'ejected', endpoint: 'http://a' })
    await clock.advance(30_000)
    await text()
    await text()
    expect(asked.filter((host) => host === 'a')).toHaveLength(6)
  })
})

describe('a slow start', () => {
  test('one that comes back gets its share little by little', async () => {
    const { text, asked, clock, behaviours } = rig(
      ['http://a', 'http://b'],
      { ...turns, slowStartMs: 10_000, outlier: { ejectMs: 1_000, consecutiveFailures: 1 } },
      { a: broken() },
    )
    const share = async (): Promise<number> => {
      asked.length = 0
      for (let turn = 0; turn < 400; turn += 1) await text()
      return asked.filter((host) => host === 'a').length / 400
    }
    await text()
    delete behaviours['a']
    await clock.advance(1_000)
    // A tenth of its turns, of which there are more as it passes them on.
    expect(await share()).toBeLessThan(0.15)
    await clock.advance(5_000)
    const half = await share()
    expect(half).toBeGreaterThan(0.2)
    expect(half).toBeLessThan(0.4)
    await clock.advance(5_000)
    expect(await share()).toBe(0.5)
  })
})

describe('presets', () => {
  test('load balancing: in turns, a turn for each try, on errors only', async () => {
    const { text, asked } = rig(three, ballerinaLoadBalance(), { b: broken(), c: 503 })
    expect([await text(), await text(), await text()]).toEqual(['a', 'c 503', 'a'])
    expect(asked).toEqual(['a', 'b', 'c', 'a'])
    const off = rig(three, ballerinaLoadBalance({ failover: false }), { a: broken() })
    expect(await failure(off.text())).toMatchObject({ code: 'socket' })
    const rule = rig(three, ballerinaLoadBalance({ lbRule: (endpoints) => endpoints.at(-1) ?? never() }))
    expect(await rule.text()).toBe('c')
  })

  test('failover: from the last good one round, on errors and statuses, an error that names each', async () => {
    const { text, asked, behaviours, clock } = rig(three, ballerinaFailover({ interval: 2 }), { a: 501, b: 500 })
    const first = text()
    await clock.advance(2_000)
    expect(await first).toBe('b 500')
    Object.assign(behaviours, { a: broken(), b: 503, c: 502 })
    const second = failure(text())
    await clock.runAll()
    expect(await second).toMatchObject({
      message:
        'GET http://a/: no endpoint is left: http://b answered 503; http://c answered 502; http://a failed (GET http://a/: broken (maybe))',
    })
    expect(asked).toEqual(['a', 'b', 'b', 'c', 'a'])
    const codes = rig(three, ballerinaFailover({ failoverCodes: [] }), { a: 503 })
    expect(await codes.text()).toBe('a 503')
  })
})

function never(): never {
  throw new Error('an empty list')
}

describe('wrong options', () => {
  test.each([
    [[], {}, 'endpoints: expected one endpoint at least, got an array of 0'],
    [['http://a', 'nonsense'], {}, 'endpoints[1]: expected an absolute URL, such as http://host:8080, got "nonsense"'],
    [['//user:secret@a'], {}, 'endpoints[0]: expected an absolute URL, such as http://host:8080, got "…"'],
    [[{ url: 'http://a', weight: 0 }], {}, 'endpoints[0].weight: expected a number above 0, at most 1000000, got 0'],
    [['ftp://a'], {}, 'endpoints[0]: expected http: or https:, got "ftp:"'],
    [
      ['http://user:secret@a'],
      {},
      'endpoints[0]: expected a URL without user information, query and fragment, got "http://a"',
    ],
    [['http://a', 'http://a/'], {}, 'endpoints: expected each endpoint once, got "http://a"; use weight'],
    [[{ url: 'http://a', weigth: 2 }], {}, 'endpoints[0].weigth: expected one of url'],
    [three, { strategy: 'fastest' }, "balance.strategy: expected 'round-robin' or"],
    [three, { failoverStatuses: [42] }, 'balance.failoverStatuses: expected a list of status codes'],
    [three, { health: { path: 'x' } }, 'health.path: expected a path, from / on, got "x"'],
    [three, { outlier: { ejectMs: 0 } }, 'outlier.ejectMs: expected milliseconds'],
    [three, { panicRatio: 2 }, 'balance.panicRatio: expected a number from 0 to 1, got 2'],
    [three, { zones: 'x' }, 'balance.zones: expected one of strategy'],
  ])('%o %o', (endpoints, options, message) => {
    expect(() => Reflect.apply(balance, undefined, [endpoints, options])).toThrow(message)
  })

  test('a polluted Object.prototype changes nothing', async () => {
    for (const [name, value] of [
      ['failover', false],
      ['weight', -1],
      ['intervalMs', 5_000],
    ] as const) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: false })
      try {
        const { text } = rig(three, turns, { a: broken() })
        expect(await text()).toBe('b')
      } finally {
        Reflect.deleteProperty(Object.prototype, name)
      }
    }
  })

  test('a rule that throws fails the call with its error, and leaves no body open', async () => {
    const { text, transport } = rig(
      three,
      {
        strategy: (endpoints) => {
          const [first] = endpoints
          if (first === undefined || first.url !== 'http://a') throw new RangeError('no rule for this')
          return first
        },
        failoverStatuses: [503],
      },
      { a: 503 },
    )
    expect(await failure(text())).toMatchObject({ message: 'no rule for this' })
    expect(transport.openBodies()).toBe(0)
  })
})

test('a body of text is sent to each anew', async () => {
  const { text, transport } = rig(three, { ...turns, failoverStatuses: [503] }, { a: 503, b: broken() })
  await text('/', { body: textBody('twice'), headers: headerList({ 'x-a': '1' }) }, 'PUT')
  expect(transport.requests.map((request) => request.text)).toEqual(['twice', 'twice', 'twice'])
})
