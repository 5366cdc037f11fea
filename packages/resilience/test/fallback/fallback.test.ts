import {
  AuthError,
  CallContext,
  ClientEvents,
  headerList,
  httpRequest,
  newCall,
  RejectedError,
  respond,
  TimeoutError,
  TransportError,
  type Call,
  type HttpResponse,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime, type FakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  fallback,
  staleIfError,
  type FallbackEvent,
  type FallbackHandler,
  type FallbackOptions,
} from '../../src/fallback/index.ts'

const target = 'GET http://f.test/things'
const facts = { sent: 'maybe', target } as const
const request = httpRequest({
  method: 'GET',
  origin: 'http://f.test',
  path: '/things?secret=1',
  headers: headerList({}),
  body: undefined,
})
const broken = (): TransportError => new TransportError(target, { ...facts, code: 'socket' })

interface Ended {
  readonly response?: HttpResponse
  readonly error?: unknown
  readonly events: FallbackEvent[]
  /** Whether the body of what failed was let go of. */
  readonly letGo: boolean
  readonly runtime: FakeRuntime
}

async function end(
  outcome: HttpResponse | Error,
  handler: FallbackHandler,
  options: FallbackOptions = {},
  call: Call = newCall(),
  asked = request,
): Promise<Ended> {
  await using runtime = fakeRuntime()
  const events: FallbackEvent[] = []
  if (!(runtime.events instanceof ClientEvents)) throw new Error('no events')
  runtime.events.on('fallback', (event) => events.push(event as FallbackEvent))
  let letGo = false
  if (!(outcome instanceof Error)) outcome.body.onSettled(() => (letGo = true))
  const wrapped = fallback(handler, options).wrap(
    () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
    runtime,
  )
  try {
    const response = await wrapped(asked, call)
    return { response, events, letGo, runtime }
  } catch (error) {
    return { error, events, letGo, runtime }
  }
}

const made = respond({ status: 203, body: 'instead' })

describe('what it is asked for', () => {
  test.each([500, 502, 503, 504, 501, 408, 429])('an answer of %i is replaced, and let go of', async (status) => {
    const asked: unknown[] = []
    const ended = await end(respond({ status, body: 'x' }), (failure, sent) => {
      asked.push(failure.kind, failure.response?.status, sent)
      return made
    })
    expect(asked).toEqual(['status', status, request])
    expect(ended.response).toBe(made)
    expect(ended.letGo).toBe(true)
  })

  test.each([
    ['socket', broken()],
    ['timeout', new TimeoutError(target, { ...facts, phase: 'total', limitMs: 5 })],
    ['rejected', new RejectedError(target, { ...facts, by: 'breaker' })],
    ['auth', new AuthError(target, facts)],
    ['tls', new TransportError(target, { ...facts, code: 'tls' })],
  ])('so is an error: %s', async (kind, error) => {
    const ended = await end(error, (failure) => (failure.kind === kind && failure.error === error ? made : undefined))
    expect(ended.response).toBe(made)
  })

  test.each([200, 204, 304, 400, 401, 404, 409])('%i is none of its business', async (status) => {
    const response = respond({ status, body: 'x' })
    const ended = await end(response, () => expect.fail('asked'))
    expect(ended.response).toBe(response)
    expect(ended.letGo).toBe(false)
  })

  test('neither is a bug, nor what the caller gave up', async () => {
    const bug = new TypeError('a bug')
    expect((await end(bug, () => expect.fail('asked'))).error).toBe(bug)
    const error = broken()
    const call = new CallContext()
    call.cancel(new Error('no longer'))
    expect((await end(error, () => expect.fail('asked'), {}, call)).error).toBe(error)
  })

  test('by a classify of one’s own', async () => {
    const response = respond({ status: 404 })
    expect((await end(response, () => made, { classify: () => 'failure' })).response).toBe(made)
    expect((await end(respond({ status: 503 }), () => made, { classify: () => 'ok' })).response?.status).toBe(503)
    expect((await end(broken(), () => made, { classify: () => 'ignore' })).error).toBeInstanceOf(TransportError)
  })

  test('a spent deadline is no reason to leave, on the way that sets it on the call itself', async () => {
    const call = new CallContext()
    call.deadlineAt = -1
    expect((await end(broken(), () => Promise.resolve().then(() => made), {}, call)).response).toBe(made)
  })
})

describe('the failure stands', () => {
  test('where it gives nothing', async () => {
    const response = respond({ status: 503, body: 'busy' })
    expect((await end(response, () => undefined)).response).toBe(response)
    const error = broken()
    expect((await end(error, () => Promise.resolve(undefined))).error).toBe(error)
  })

  test('with its whole body, if it was read', async () => {
    const body = 'busy'.repeat(30_000)
    let seen = ''
    const { response, letGo } = await end(respond({ status: 503, body }), async (failure) => {
      seen = await failure.text()
      return undefined
    })
    expect(seen).toHaveLength(65_536)
    expect(letGo).toBe(false)
    expect(Buffer.from((await response?.body.bytes()) ?? []).toString()).toBe(body)
  })

  test('a read body may go into the answer', async () => {
    const { response, letGo } = await end(respond({ status: 503, body: 'busy' }), async (failure) =>
      respond({ status: 200, body: `sorry: ${await failure.text()}` }),
    )
    expect(Buffer.from((await response?.body.bytes()) ?? []).toString()).toBe('sorry: busy')
    expect(letGo).toBe(true)
  })

  test('where it throws, and what it threw is told', async () => {
    const bug = new TypeError('a bug')
    for (const handler of [
      () => Promise.reject(bug),
      (): never => {
        throw bug
      },
    ]) {
      const error = broken()
      const ended = await end(error, handler)
      expect(ended.error).toBe(error)
      expect(error.suppressed).toEqual([bug])
      expect(ended.events).toMatchObject([{ type: 'failed', thrown: bug, error }])
      const response = respond({ status: 503, body: 'x' })
      expect((await end(response, handler)).response).toBe(response)
    }
  })

  test('where it gives something else than a response', async () => {
    const error = broken()
    await end(error, () => 'text' as never)
    expect(error.suppressed).toMatchObject([{ code: 'config', option: 'fallback' }])
  })

  test('where it gives the very answer that failed', async () => {
    const ended = await end(respond({ status: 503, body: 'x' }), ({ response }) => response)
    expect(ended.response?.status).toBe(503)
    expect(ended.letGo).toBe(false)
  })
})

test('whoever gives up is let go at once; what comes later is let go of', async () => {
  const late = Promise.withResolvers<HttpResponse>()
  const call = new CallContext()
  const failed = respond({ status: 503, body: 'x' })
  const ended = end(failed, () => late.promise, {}, call)
  await Promise.resolve().then(() => undefined)
  call.cancel(new Error('no longer'))
  const { error, letGo } = await ended
  expect(error).toMatchObject({ code: 'aborted' })
  expect(letGo).toBe(true)
  const other = respond({ body: 'late' })
  let gone = false
  other.body.onSettled(() => (gone = true))
  late.resolve(other)
  await late.promise
  await Promise.resolve()
  expect(gone).toBe(true)
})

test('events', async () => {
  const failure = { target, kind: 'status', status: 503, error: undefined, thrown: undefined }
  expect((await end(respond({ status: 503 }), () => made)).events).toEqual([{ type: 'replaced', ...failure }])
  expect((await end(respond({ status: 503 }), () => undefined)).events).toEqual([{ type: 'stood', ...failure }])
  expect((await end(respond({ status: 200 }), () => undefined)).events).toEqual([])
})

describe('staleIfError (RFC 5861 §4)', () => {
  const stale = respond({ body: 'stale' })
  const asks = async (outcome: HttpResponse | Error, method = 'GET'): Promise<HttpResponse | undefined> =>
    (
      await end(
        outcome,
        staleIfError(() => stale),
        {},
        newCall(),
        request.with({ method }),
      )
    ).response

  test('answers for 500, 502, 503, 504 and for no answer at all', async () => {
    for (const status of [500, 502, 503, 504]) expect(await asks(respond({ status }))).toBe(stale)
    expect(await asks(broken())).toBe(stale)
    expect(await asks(broken(), 'HEAD')).toBe(stale)
    for (const status of [501, 429, 408]) expect((await asks(respond({ status })))?.status).toBe(status)
    expect(await asks(broken(), 'POST')).toBeUndefined()
  })
})

test('the contract and the options', async () => {
  expect(fallback(() => undefined).name).toBe('fallback')
  await expect(checkMiddleware(() => fallback(() => undefined))).resolves.toBeUndefined()
  await expect(
    checkMiddleware(() => fallback(() => Promise.resolve(respond({ body: 'instead' }))), {
      except: ['does not swallow errors'],
    }),
  ).resolves.toBeUndefined()
  expect(() => fallback('x' as never)).toThrow('fallback: expected a function')
  expect(() => fallback(() => undefined, { clasify: 1 } as never)).toThrow("did you mean 'classify'?")
})
