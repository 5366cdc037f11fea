import { CallContext, respond, type HttpHandler } from '@halyard/core'
import { fakeRuntime, httpServer, rawServer, type FakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { oauth2, type ClientCredentialsOptions } from '../../src/oauth2/index.ts'
import { authorizationOf, authorizationServer, type ScriptedAnswer } from './kit/scripted.ts'

const overSockets = (): FakeRuntime => fakeRuntime({ send: fetchSend(1e6) })
const year = 365 * 86_400_000

describe('expires_in', () => {
  test.each<readonly [string, unknown, number]>([
    ['absent', undefined, 3_600_000],
    ['a number', 60, 60_000],
    ['a text', '60', 60_000],
    ['a fraction', 1.5, 1500],
    ['negative', -5, 3_600_000],
    ['a text that is none', 'soon', 3_600_000],
    ['a text in hex', '0x10', 3_600_000],
    ['null', null, 3_600_000],
    ['an object', {}, 3_600_000],
    ['huge', 1e300, 10 * year],
  ])('%s', async (_name, expiresIn, lifeMs) => {
    await using server = await authorizationServer((_asked, count) => ({
      json: {
        access_token: `at-${count}`,
        token_type: 'Bearer',
        ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      },
    }))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', refreshEarlyMs: 0 })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(lifeMs - 1)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    await runtime.clock.advance(1)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-2')
  })

  test('more than JSON numbers can hold is no life', async () => {
    await using server = await authorizationServer(() => ({
      text: '{"access_token":"at","token_type":"Bearer","expires_in":1e999}',
    }))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', defaultExpiresInMs: 5000 })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(5000)
    await authorizationOf(provider, runtime)
    expect(server.asked).toHaveLength(2)
  })

  test('zero, and a skew longer than the life: those who waited have it, the next asks again', async () => {
    for (const [expiresIn, clockSkewMs] of [
      [0, 0],
      [60, 60_000],
      [60, 3_600_000],
    ] as const) {
      await using server = await authorizationServer((_asked, count) => ({
        json: { access_token: `at-${count}`, token_type: 'Bearer', expires_in: expiresIn },
      }))
      await using runtime = overSockets()
      const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', clockSkewMs })
      const burst = await Promise.all(Array.from({ length: 50 }, async () => await authorizationOf(provider, runtime)))
      expect(new Set(burst)).toEqual(new Set(['Bearer at-1']))
      expect(await authorizationOf(provider, runtime)).toBe('Bearer at-2')
    }
  })

  test('clock skew and early refresh move the end', async () => {
    await using server = await authorizationServer((_asked, count) => ({
      json: { access_token: `at-${count}`, token_type: 'Bearer', expires_in: 100 },
    }))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({
      tokenUrl: server.tokenUrl,
      clientId: 'me',
      clockSkewMs: 20_000,
      refreshEarlyMs: 0,
    })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(79_999)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    await runtime.clock.advance(1)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-2')
  })
})

describe('answers that are refused', () => {
  const cases: readonly (readonly [string, ScriptedAnswer, RegExp])[] = [
    ['no JSON', { text: 'at=SECRET-IN-ANSWER' }, /answered 200 with no JSON object$/],
    ['an empty body', { text: '' }, /no JSON object/],
    ['a list', { json: ['x'] }, /no JSON object/],
    ['no access_token', { json: { token_type: 'Bearer' } }, /without an access_token/],
    ['an access_token that is no text', { json: { access_token: 5, token_type: 'Bearer' } }, /without an access_token/],
    [
      'one with a line end',
      { json: { access_token: 'a\r\nx: SECRET-IN-ANSWER', token_type: 'Bearer' } },
      /that can be sent/,
    ],
    ['one beyond ASCII', { json: { access_token: 'ä', token_type: 'Bearer' } }, /that can be sent/],
    ['another token_type', { json: { access_token: 'at-1', token_type: 'mac' } }, /of type mac, and only Bearer/],
    ['DPoP without a hook', { json: { access_token: 'at-1', token_type: 'DPoP' } }, /of type DPoP/],
    ['an error with 200', { json: { error: 'invalid_scope' } }, /answered 200: invalid_scope/],
    ['an error without words', { status: 500, text: '<html>SECRET-IN-ANSWER' }, /answered 500$/],
    ['an error of odd characters', { status: 400, json: { error: 'a\nb"' } }, /answered 400$/],
    [
      'too much',
      { json: { access_token: 'a', token_type: 'Bearer', more: 'x'.repeat(300_000) } },
      /more than 262144 bytes/,
    ],
    ['301', { status: 301, headers: { location: '/elsewhere' } }, /answered 301; redirects are not followed/],
    ['307', { status: 307, headers: { location: '/elsewhere' } }, /answered 307; redirects are not followed/],
  ]
  test.each(cases)('%s', async (_name, answer, message) => {
    await using server = await authorizationServer(() => answer)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', clientSecret: 's3cret' })
    const error: unknown = await authorizationOf(provider, runtime).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'auth', sent: 'no', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('SECRET')
    expect(server.asked).toHaveLength(1)
    expect(runtime.clock.pending).toBe(0)
  })

  test('a token without a type is taken as Bearer; the type is compared without regard to case', async () => {
    for (const json of [{ access_token: 'a' }, { access_token: 'a', token_type: 'BEARER' }]) {
      await using server = await authorizationServer(() => ({ json }))
      await using runtime = overSockets()
      expect(
        await authorizationOf(oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me' }), runtime),
      ).toBe('Bearer a')
    }
  })

  test('a hook presents what it likes', async () => {
    await using server = await authorizationServer(() => ({ json: { access_token: 'a', token_type: 'DPoP' } }))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({
      tokenUrl: server.tokenUrl,
      clientId: 'me',
      present: ({ accessToken, tokenType }, request) =>
        request.with({ headers: request.headers.with('authorization', `${tokenType} ${accessToken.reveal()}`) }),
    })
    expect(await authorizationOf(provider, runtime)).toBe('DPoP a')
  })
})

describe('servers that do not answer', () => {
  test('a limit of its own ends the request, and every call that waits', async () => {
    const stuck = Promise.withResolvers<undefined>()
    await using server = await authorizationServer(async () => {
      await stuck.promise
      return {}
    })
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', http: { timeoutMs: 500 } })
    const both = [authorizationOf(provider, runtime), authorizationOf(provider, runtime)]
    const settled = Promise.allSettled(both)
    await expect.poll(() => server.asked.length).toBe(1)
    await runtime.clock.advance(500)
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'auth', message: expect.stringMatching(/within 500 ms|failed: aborted/) },
      })
    }
    expect(runtime.clock.pending).toBe(0)
    await server.local.idle()
    stuck.resolve(undefined)
  })

  test('a body that stalls is given up, and its connection closed', async () => {
    await using server = await httpServer((request, response) => {
      request.resume()
      response.setHeader('content-type', 'application/json')
      response.write('{"access_token":"at",')
    })
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({
      tokenUrl: `${server.origin}/token`,
      clientId: 'me',
      http: { timeoutMs: 500 },
    })
    const outcome = authorizationOf(provider, runtime).catch((error: unknown) => error)
    await expect.poll(() => server.requests).toBe(1)
    await runtime.clock.advance(500)
    expect(await outcome).toMatchObject({ code: 'auth' })
    await server.idle()
  })

  test('a handler that hears no cancellation does not hold a call', async () => {
    const deaf: HttpHandler = () => new Promise(() => undefined)
    await using runtime = fakeRuntime()
    const provider = oauth2.clientCredentials({
      tokenUrl: 'https://as.example/token',
      clientId: 'me',
      http: { via: deaf, timeoutMs: 500 },
    })
    const outcome = authorizationOf(provider, runtime).catch((error: unknown) => error)
    await runtime.clock.advance(500)
    expect(await outcome).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('not answered within 500 ms'),
    })
  })

  test('a function or store that never comes back does not hold a call either', async () => {
    await using runtime = fakeRuntime()
    const never = (): Promise<never> => new Promise(() => undefined)
    const base = { tokenUrl: 'https://as.example/token', clientId: 'me', http: { timeoutMs: 500 } }
    for (const provider of [
      oauth2.clientCredentials({ ...base, clientAssertion: never }),
      oauth2.clientCredentials({ ...base, store: { load: never, save: () => undefined } }),
      oauth2.tokenExchange({ ...base, subjectToken: never }),
    ]) {
      const outcome = authorizationOf(provider, runtime).catch((error: unknown) => error)
      await runtime.clock.advance(500)
      expect(await outcome).toMatchObject({ code: 'auth', message: expect.stringContaining('longer than 500 ms') })
    }
    expect(runtime.clock.pending).toBe(0)
  })

  test('nobody there: the exchange stands among the earlier failures, and is not wrapped', async () => {
    const server = await authorizationServer(() => ({}))
    const { tokenUrl } = server
    await server.local.close()
    await using runtime = overSockets()
    const error: unknown = await authorizationOf(oauth2.clientCredentials({ tokenUrl, clientId: 'me' }), runtime).catch(
      (failure: unknown) => failure,
    )
    expect(error).toMatchObject({ code: 'auth', sent: 'no' })
    expect(error).toHaveProperty('suppressed.0.code', 'socket')
    expect(error).not.toHaveProperty('cause')
  })

  test('a connection that is cut is an AuthError', async () => {
    await using server = await rawServer((connection) => connection.reset())
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: `${server.origin}/token`, clientId: 'me' })
    await expect(authorizationOf(provider, runtime)).rejects.toMatchObject({ code: 'auth' })
  })
})

describe('how the server is spoken to', () => {
  const answer = respond.bind(undefined, { body: '{"access_token":"at","token_type":"Bearer"}' })

  test('a handler or a pipeline of its own instead of the client', async () => {
    await using runtime = fakeRuntime()
    const seen: string[] = []
    const handler: HttpHandler = (request) => {
      seen.push(`handler ${request.headers.get('x-own') ?? '-'}`)
      return Promise.resolve(answer())
    }
    const requester = {
      request: (
        method: string,
        url: URL,
        { headers, body }: { headers: Iterable<readonly [string, string]>; body?: Uint8Array },
      ) => {
        seen.push(`${method} ${url.href} ${Buffer.from(body ?? []).toString()} ${new Map(headers).get('accept') ?? ''}`)
        return Promise.resolve(answer())
      },
    }
    const settings: readonly ClientCredentialsOptions['http'][] = [
      handler,
      { via: handler, headers: { 'x-own': '1' } },
      requester,
    ]
    for (const http of settings) {
      const provider = oauth2.clientCredentials({ tokenUrl: 'https://as.example/token?x=1', clientId: 'me', http })
      expect(await authorizationOf(provider, runtime, new CallContext())).toBe('Bearer at')
    }
    expect(seen).toEqual([
      'handler -',
      'handler 1',
      'POST https://as.example/token?x=1 grant_type=client_credentials&client_id=me application/json',
    ])
  })

  test('one that follows redirects all the same gives no token', async () => {
    await using runtime = fakeRuntime()
    const http: HttpHandler = () =>
      Promise.resolve(respond({ body: '{"access_token":"at"}', url: 'https://evil.example/' }))
    const provider = oauth2.clientCredentials({ tokenUrl: 'https://as.example/token', clientId: 'me', http })
    await expect(authorizationOf(provider, runtime)).rejects.toThrow(/was redirected, which is not allowed/)
  })
})

describe('discovery', () => {
  const token = { json: { access_token: 'at', token_type: 'Bearer', expires_in: 10 } }

  test.each([
    ['/', '/.well-known/openid-configuration'],
    ['/tenant', '/tenant/.well-known/openid-configuration'],
    ['/tenant', '/.well-known/oauth-authorization-server/tenant'],
    ['', '/.well-known/oauth-authorization-server'],
  ])('issuer ending in "%s", document at %s; asked once a day', async (suffix, at) => {
    await using server = await authorizationServer(({ path, method }) => {
      if (method === 'POST') return token
      const issuer = server.origin + suffix
      return path === at ? { json: { issuer, token_endpoint: `${server.origin}/as/token` } } : { status: 404 }
    })
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ issuer: server.origin + suffix, clientId: 'me' })
    for (let round = 0; round < 3; round += 1) {
      expect(await authorizationOf(provider, runtime)).toBe('Bearer at')
      await runtime.clock.advance(10_000)
    }
    expect(server.asked.filter(({ path }) => path === at)).toHaveLength(1)
    expect(server.asked.filter(({ path }) => path === '/as/token')).toHaveLength(3)
    await runtime.clock.advance(86_400_000)
    await authorizationOf(provider, runtime)
    expect(server.asked.filter(({ path }) => path === at)).toHaveLength(2)
  })

  test.each<readonly [string, (origin: string) => ScriptedAnswer, RegExp]>([
    [
      'another issuer',
      (origin) => ({ json: { issuer: `${origin}/`, token_endpoint: `${origin}/t` } }),
      /is of another issuer/,
    ],
    ['no issuer', (origin) => ({ json: { token_endpoint: `${origin}/t` } }), /is of another issuer/],
    ['no endpoint', (origin) => ({ json: { issuer: origin } }), /names no token_endpoint/],
    [
      'clear text',
      (origin) => ({ json: { issuer: origin, token_endpoint: 'http://as.example/t' } }),
      /token_endpoint in clear text/,
    ],
    [
      'another scheme',
      (origin) => ({ json: { issuer: origin, token_endpoint: 'file:///etc/passwd' } }),
      /of another scheme/,
    ],
    [
      'user information',
      (origin) => ({ json: { issuer: origin, token_endpoint: 'https://SECRET:x@as.example/t' } }),
      /with user information/,
    ],
    ['a redirect', () => ({ status: 302, headers: { location: '/x' } }), /answered 302/],
    [
      'nothing',
      () => ({ status: 404 }),
      /has no metadata: .*openid-configuration answered 404, .*oauth-authorization-server answered 404/,
    ],
    ['no JSON', () => ({ text: 'hello' }), /is no JSON object/],
    ['a failure', () => ({ status: 503 }), /answered 503/],
  ])('%s is refused, and no secret is sent', async (_name, answerOf, message) => {
    await using server = await authorizationServer(() => answerOf(server.origin))
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ issuer: server.origin, clientId: 'me', clientSecret: 's' })
    const error: unknown = await authorizationOf(provider, runtime).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'auth', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('SECRET')
    expect(server.asked.every(({ method, headers }) => method === 'GET' && headers.authorization === undefined)).toBe(
      true,
    )
  })
})
