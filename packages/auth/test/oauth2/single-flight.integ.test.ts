import { CallContext, respond, type HttpRequest } from '@halyard/core'
import { fakeRuntime, type FakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { memoryTokens, oauth2, OAuth2Error } from '../../src/oauth2/index.ts'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { apiRequest, authorizationOf, authorizationServer, throughLayer, type Script } from './kit/scripted.ts'

const overSockets = (): FakeRuntime => fakeRuntime({ send: fetchSend(1e6) })

const counting: Script = (_asked, count) => ({
  json: { access_token: `at-${count}`, token_type: 'Bearer', expires_in: 60 },
})

const client = { clientId: 'me', clientSecret: 'shh' }

describe('single flight', () => {
  test('nothing at construction; 200 calls at once make one token request, and so after expiry', async () => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    expect(server.asked).toHaveLength(0)
    const burst = async (): Promise<Set<string | undefined>> =>
      new Set(await Promise.all(Array.from({ length: 200 }, async () => await authorizationOf(provider, runtime))))
    expect(await burst()).toEqual(new Set(['Bearer at-1']))
    await runtime.clock.advance(60_000)
    expect(await burst()).toEqual(new Set(['Bearer at-2']))
    expect(server.asked).toHaveLength(2)
    expect(runtime.clock.pending).toBe(0)
  })

  test('a token that is good is put on at once, without a promise', async () => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    await authorizationOf(provider, runtime)
    expect(provider.apply(apiRequest(), new CallContext(), runtime)).not.toBeInstanceOf(Promise)
  })

  test('a waiter that is cancelled, and one whose deadline comes, leave; the others get the token', async () => {
    const gate = Promise.withResolvers<undefined>()
    await using server = await authorizationServer(async (asked, count) => {
      await gate.promise
      return await counting(asked, count)
    })
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const leader = new CallContext()
    const hasty = new CallContext()
    hasty.deadlineAt = runtime.now() + 100
    hasty.deadlineMs = 100
    const outcomes = [leader, hasty, new CallContext()].map((call) => authorizationOf(provider, runtime, call))
    const settled = Promise.allSettled(outcomes)
    leader.cancel(new Error('changed my mind'))
    await runtime.clock.advance(100)
    gate.resolve(undefined)
    expect(await settled).toMatchObject([
      { status: 'rejected', reason: { code: 'aborted', sent: 'no' } },
      { status: 'rejected', reason: { code: 'timeout', limitMs: 100 } },
      { status: 'fulfilled', value: 'Bearer at-1' },
    ])
    expect(server.asked).toHaveLength(1)
    expect(runtime.clock.pending).toBe(0)
  })

  test('everybody leaves: the token is there for the next', async () => {
    const gate = Promise.withResolvers<undefined>()
    await using server = await authorizationServer(async (asked, count) => {
      await gate.promise
      return await counting(asked, count)
    })
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const call = new CallContext()
    const only = authorizationOf(provider, runtime, call)
    call.cancel(new Error('gone'))
    await expect(only).rejects.toMatchObject({ code: 'aborted' })
    gate.resolve(undefined)
    await expect(authorizationOf(provider, runtime)).resolves.toBe('Bearer at-1')
    expect(server.asked).toHaveLength(1)
  })
})

describe('early refresh', () => {
  test('in the background where the old one still serves; a failure of it harms no call', async () => {
    let fails = false
    await using server = await authorizationServer((asked, count) =>
      fails ? { status: 503, json: { error: 'temporarily_unavailable' } } : counting(asked, count),
    )
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client, refreshEarlyMs: 10_000 })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(49_999)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    expect(server.asked).toHaveLength(1)
    await runtime.clock.advance(1)
    fails = true
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    await expect.poll(() => server.asked.length).toBe(2)
    await expect.poll(() => runtime.clock.pending).toBe(0)
    fails = false
    // Not again so soon, though calls go on.
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    await runtime.clock.advance(1000)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    await expect.poll(() => authorizationOf(provider, runtime)).toBe('Bearer at-3')
    expect(server.asked).toHaveLength(3)
  })
})

describe('a storm of 401', () => {
  const api =
    (good: () => string): ((request: HttpRequest) => Promise<ReturnType<typeof respond>>) =>
    (request) =>
      Promise.resolve(
        respond(
          request.headers.get('authorization') === `Bearer ${good()}`
            ? { status: 200 }
            : { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
        ),
      )

  test('200 refusals make one refresh, and each call is sent again once', async () => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    await authorizationOf(provider, runtime)
    let sent = 0
    const next = api(() => 'at-2')
    const responses = await Promise.all(
      Array.from({ length: 200 }, async () =>
        throughLayer(provider, runtime, async (request) => {
          sent += 1
          return await next(request)
        }),
      ),
    )
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(server.asked).toHaveLength(2)
    expect(sent).toBe(400)
  })

  test('a refusal that comes late, of a token that was replaced since, asks for none', async () => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const [slow, quick] = [new CallContext(), new CallContext()]
    await authorizationOf(provider, runtime, slow)
    await authorizationOf(provider, runtime, quick)
    const refusal = respond({ status: 401 })
    const renewed = await provider.challenge?.(refusal, apiRequest(), quick, runtime)
    expect(renewed?.headers.get('authorization')).toBe('Bearer at-2')
    const late = await provider.challenge?.(refusal, apiRequest(), slow, runtime)
    expect(late?.headers.get('authorization')).toBe('Bearer at-2')
    expect(server.asked).toHaveLength(2)
  })

  test('an API that refuses every token costs one token request a second at most', async () => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const next = api(() => 'none')
    const go = async (): Promise<number> => (await throughLayer(provider, runtime, next)).status
    for (let round = 0; round < 10; round += 1) expect(await go()).toBe(401)
    expect(server.asked).toHaveLength(2)
    await runtime.clock.advance(1000)
    for (let round = 0; round < 10; round += 1) expect(await go()).toBe(401)
    expect(server.asked).toHaveLength(3)
  })

  test.each([
    ['Bearer error="insufficient_scope"', false],
    ['Bearer realm="a, b", error=insufficient_scope', false],
    ['Bearer error="invalid_token"', true],
    ['Basic realm="x"', true],
    ['', true],
  ])('%s: renewed %s', async (field, isRenewed) => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    await throughLayer(provider, runtime, () =>
      Promise.resolve(respond({ status: 401, headers: field === '' ? {} : { 'www-authenticate': field } })),
    )
    expect(server.asked).toHaveLength(isRenewed ? 2 : 1)
  })

  test('other statuses are none of its business', async () => {
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: 'https://as.example/token', ...client })
    const again = await provider.challenge?.(respond({ status: 403 }), apiRequest(), new CallContext(), runtime)
    expect(again).toBeUndefined()
  })
})

describe('a refresh that fails', () => {
  test('fails all who wait, each with an error of its own, and leaves the server alone for longer and longer', async () => {
    let works = false
    await using server = await authorizationServer((asked, count) =>
      works ? counting(asked, count) : { status: 400, json: { error: 'invalid_client', error_description: 'who?' } },
    )
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const burst = async (): Promise<unknown[]> =>
      await Promise.all(
        Array.from({ length: 200 }, () => authorizationOf(provider, runtime).catch((error: unknown) => error)),
      )
    const errors = await burst()
    expect(new Set(errors).size).toBe(200)
    for (const error of errors) {
      expect(error).toBeInstanceOf(OAuth2Error)
      expect(error).toMatchObject({
        code: 'auth',
        sent: 'no',
        status: 400,
        error: 'invalid_client',
        errorDescription: 'who?',
        target: 'GET https://api.example/things',
        message: `GET https://api.example/things: no access token: POST ${server.tokenUrl} answered 400: invalid_client (who?)`,
      })
    }
    expect(server.asked).toHaveLength(1)
    await burst()
    await runtime.clock.advance(999)
    await burst()
    expect(server.asked).toHaveLength(1)
    for (const [pause, requests] of [
      [1, 2],
      [1999, 2],
      [1, 3],
      [4000, 4],
      [8000, 5],
      [16_000, 6],
      [30_000, 7],
      [30_000, 8],
    ] as const) {
      await runtime.clock.advance(pause)
      await burst()
      expect(server.asked).toHaveLength(requests)
    }
    works = true
    await runtime.clock.advance(30_000)
    await expect(authorizationOf(provider, runtime)).resolves.toBe('Bearer at-9')
  })

  test('a server that says when to come back is not asked before', async () => {
    await using server = await authorizationServer(() => ({ status: 429, headers: { 'retry-after': '20' } }))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const go = async (): Promise<void> =>
      await expect(authorizationOf(provider, runtime)).rejects.toMatchObject({ status: 429 })
    await go()
    await runtime.clock.advance(19_999)
    await go()
    expect(server.asked).toHaveLength(1)
    await runtime.clock.advance(1)
    await go()
    expect(server.asked).toHaveLength(2)
  })

  test('after a 401 it says that the request was answered', async () => {
    let works = true
    await using server = await authorizationServer((asked, count) => (works ? counting(asked, count) : { status: 500 }))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    await authorizationOf(provider, runtime)
    works = false
    const outcome = throughLayer(provider, runtime, () => Promise.resolve(respond({ status: 401 })))
    await expect(outcome).rejects.toMatchObject({ code: 'auth', sent: 'yes', status: 500 })
  })
})

describe('several clients', () => {
  test('one that closes ends its request; who waits through another gets a token', async () => {
    const stuck = Promise.withResolvers<undefined>()
    await using server = await authorizationServer(async (asked, count) => {
      if (count === 1) await stuck.promise
      return await counting(asked, count)
    })
    await using second = overSockets()
    const first = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client })
    const own = authorizationOf(provider, first).catch((error: unknown) => error)
    const other = authorizationOf(provider, second)
    await expect.poll(() => server.asked.length).toBe(1)
    await first.close()
    expect(await own).toMatchObject({ code: 'auth' })
    expect(await other).toBe('Bearer at-2')
    stuck.resolve(undefined)
  })

  test('two providers with one store: the second uses what the first has', async () => {
    await using server = await authorizationServer(counting)
    await using runtime = overSockets()
    const store = memoryTokens()
    const make = (): ReturnType<typeof oauth2.clientCredentials> =>
      oauth2.clientCredentials({ tokenUrl: server.tokenUrl, ...client, store })
    expect(await authorizationOf(make(), runtime)).toBe('Bearer at-1')
    expect(await authorizationOf(make(), runtime)).toBe('Bearer at-1')
    expect(server.asked).toHaveLength(1)
    // Refused there, it is not taken from the store again.
    const third = make()
    const call = new CallContext()
    await authorizationOf(third, runtime, call)
    const again = await third.challenge?.(respond({ status: 401 }), apiRequest(), call, runtime)
    expect(again?.headers.get('authorization')).toBe('Bearer at-2')
  })
})
