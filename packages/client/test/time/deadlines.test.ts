import { fakeClock, mockTransport } from '@halyard/testing'
import { respond, type HttpResponse, type Middleware, type ResponseBody } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { createClient, type ClientConfig } from '../../src/index.ts'
import { rejection, turn } from '../support/thrown.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const hanging: Middleware = { name: 'hanging', wrap: () => never }

/** A client whose transport never answers, on a clock that the test holds. */
function silent(timeout: ClientConfig['timeout'], use: ClientConfig['use'] = {}) {
  const clock = fakeClock()
  const config = {
    clock,
    use,
    retry: false as const,
    transport: mockTransport(never),
    ...(timeout === undefined ? {} : { timeout }),
  }
  return { clock, api: createClient('http://a.test', config) }
}

describe('the total time', () => {
  test.each<[string, ClientConfig['timeout'], ClientConfig['timeout'], number]>([
    ['is 30 s unless said otherwise', undefined, undefined, 30_000],
    ['of the client, as a number', 700, undefined, 700],
    ['of the client, as an object', { totalMs: 700 }, undefined, 700],
    ['of the call, as a number', 700, 90, 90],
    ['of the call, as an object', 700, { totalMs: 90 }, 90],
    ['of the call may be longer', 700, 5_000, 5_000],
    ['of the call, where the client has none', false, 90, 90],
    ['is inherited by a call that says other things', 700, { idleMs: 5 }, 700],
    ['is inherited by a call that says undefined', 700, { totalMs: undefined }, 700],
  ])('%s', async (_name, client, call, expected) => {
    const { clock, api } = silent(client)
    const failure = rejection(api.get('/x', call === undefined ? {} : { timeout: call }))
    let settled = false
    void failure.then(() => (settled = true))
    await clock.advance(expected - 1)
    await turn()
    expect(settled).toBe(false)
    await clock.advance(1)
    const error = await failure
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'timeout', phase: 'total', limitMs: expected })
    expect(String(error)).toContain(`GET http://a.test/x: not done within ${expected} ms (total)`)
    expect(clock.now()).toBe(expected)
  })

  test.each([
    ['the client', false, undefined],
    ['the client, as an object', { totalMs: false }, undefined],
    ['the call', 700, false],
    ['the call, as an object', 700, { totalMs: false }],
  ] as const)('is switched off by %s', async (_name, client, call) => {
    const { clock, api } = silent(client)
    const controller = new AbortController()
    const failure = rejection(
      api.get('/', { signal: controller.signal, ...(call === undefined ? {} : { timeout: call }) }),
    )
    await clock.advance(100_000_000)
    controller.abort()
    expect(await failure).toMatchObject({ code: 'aborted' })
  })
})

describe('a middleware that hangs does not outlive', () => {
  test('the total time', async () => {
    const { clock, api } = silent({ totalMs: 100 }, { attempt: [hanging] })
    const failure = rejection(api.get('/').json())
    await clock.advance(100)
    expect(await failure).toMatchObject({ phase: 'total', limitMs: 100 })
    expect(clock.pending).toBe(0)
  })

  test('the time of an attempt', async () => {
    const { clock, api } = silent({ attemptMs: 100 }, { attempt: [hanging] })
    const failure = rejection(api.get('/').json())
    await clock.advance(100)
    expect(await failure).toMatchObject({ phase: 'attempt', limitMs: 100 })
  })

  test('and what it does later harms nobody', async () => {
    let fail: (error: Error) => void = () => undefined
    const late: Middleware = { name: 'late', wrap: () => () => new Promise((_resolve, reject) => (fail = reject)) }
    const { clock, api } = silent({ totalMs: 100 }, { attempt: [late] })
    const failure = rejection(api.get('/').json())
    await clock.advance(100)
    const error = await failure
    fail(new Error('late'))
    await turn()
    expect(error).toMatchObject({ phase: 'total' })
  })
})

describe('the time of an attempt', () => {
  test.each<[string, ClientConfig['timeout'], ClientConfig['timeout'], number]>([
    ['of the client', { attemptMs: 70 }, undefined, 70],
    ['of the call', { attemptMs: 70 }, { attemptMs: 30 }, 30],
    ['of the call alone', undefined, { attemptMs: 30 }, 30],
  ])('%s', async (_name, client, call, expected) => {
    const { clock, api } = silent(client)
    const failure = rejection(api.get('/', call === undefined ? {} : { timeout: call }))
    await clock.advance(expected)
    expect(await failure).toMatchObject({ name: 'TimeoutError', phase: 'attempt', limitMs: expected })
  })

  test('the earlier of both is the one', async () => {
    for (const [totalMs, attemptMs, phase] of [
      [50, 70, 'total'],
      [70, 50, 'attempt'],
    ] as const) {
      const { clock, api } = silent({ totalMs, attemptMs })
      const failure = rejection(api.get('/'))
      await clock.advance(50)
      expect(await failure).toMatchObject({ phase, limitMs: 50 })
    }
  })

  test('ends with the head; the total time goes on through the body', async () => {
    const { api, clock, body } = dripping({ totalMs: 500, attemptMs: 100 })
    const response = await api.get('/')
    const text = rejection(response.text())
    await clock.advance(200)
    expect(body.cancelled).toBe(0)
    await clock.advance(300)
    expect(body.cancelled).toBe(1)
    void text
  })
})

describe('readers that stream take the body out of the total time', () => {
  test.each(['stream', 'toWeb', 'toNode'] as const)('%s', async (reader) => {
    const { api, clock, body } = dripping({ totalMs: 500 })
    const response = await api.get('/')
    const stream = response[reader]()
    await clock.advance(5_000)
    expect(body.cancelled).toBe(0)
    void stream
  })

  test('of the promise, too', async () => {
    const { api, clock, body } = dripping({ totalMs: 500 })
    api.get('/').stream()
    await clock.advance(5_000)
    expect(body.cancelled).toBe(0)
  })

  test('but not where the call has its own', async () => {
    const { api, clock, body } = dripping({})
    const response = await api.get('/', { timeout: 500 })
    response.stream()
    await clock.advance(499)
    expect(body.cancelled).toBe(0)
    await clock.advance(1)
    expect(body.cancelled).toBe(1)
  })

  test('nor from a response that nobody reads', async () => {
    const { api, clock, body } = dripping({ totalMs: 500 })
    await api.get('/')
    await clock.advance(500)
    expect(body.cancelled).toBe(1)
  })
})

test('no timer is left behind by calls that ended', async () => {
  const clock = fakeClock()
  const api = createClient('http://a.test', {
    clock,
    transport: mockTransport({ body: '{}' }),
    timeout: { attemptMs: 10 },
  })
  await Promise.all(Array.from({ length: 50 }, () => api.get('/').json()))
  await api.close()
  expect(clock.pending).toBe(0)
})

/** Answers with a body that never ends, and counts who cancels it. */
function dripping(timeout: ClientConfig['timeout'] & object) {
  const clock = fakeClock()
  const body = { cancelled: 0 }
  const transport = {
    name: 'dripping',
    open: () => (_request: unknown, call: { addListener(listener: { onCancel(): void }): void }) => {
      call.addListener({ onCancel: () => void (body.cancelled += 1) })
      return Promise.resolve(endless())
    },
  }
  return { api: createClient('http://a.test', { clock, transport, timeout }), clock, body }
}

function endless(): HttpResponse {
  const stream = { next: never, return: () => Promise.resolve({ done: true as const, value: undefined }) }
  const body: ResponseBody = {
    bytes: never,
    stream: () => ({ [Symbol.asyncIterator]: () => stream }),
    discard: () => Promise.resolve(),
    onSettled: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const { status, statusText, httpVersion, headers, url } = respond({})
  return { status, statusText, httpVersion, headers, url, body, trailers: never }
}

test.each([undefined, null, 'text', {}, { status: 200 }])(
  'a transport that answers with %j is an error, not a hang',
  async (answer) => {
    const clock = fakeClock()
    const transport = { name: 'broken', open: () => () => Promise.resolve(answer as unknown as HttpResponse) }
    const api = createClient('http://a.test', { clock, transport })
    expect(await rejection(api.get('/').text())).toBeInstanceOf(TypeError)
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
  },
)
