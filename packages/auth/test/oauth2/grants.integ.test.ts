import { generateKeyPairSync } from 'node:crypto'
import { fakeRuntime, type FakeRuntime } from '@halyard/testing'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import type { AuthProvider } from '../../src/index.ts'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { memoryTokens, oauth2, type TokenSet, type TokenStore } from '../../src/oauth2/index.ts'
import { authorizationOf, authorizationServer, type Asked, type Script } from './kit/scripted.ts'

const overSockets = (): FakeRuntime => fakeRuntime({ send: fetchSend(1e6) })
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const simple: Script = (_asked, count) => ({
  json: { access_token: `at-${count}`, token_type: 'bearer', expires_in: 60 },
})
const withRefresh: Script = (_asked, count) => ({
  json: { access_token: `at-${count}`, token_type: 'Bearer', expires_in: 60, refresh_token: `rt-${count}` },
})

interface Row {
  readonly name: string
  readonly make: (tokenUrl: string) => AuthProvider
  readonly form: Readonly<Record<string, string>>
  readonly authorization?: string
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`

const rows: readonly Row[] = [
  {
    name: 'client credentials, Basic by default',
    make: (tokenUrl) => oauth2.clientCredentials({ tokenUrl, clientId: 'a:b c', clientSecret: 'p%&+ü' }),
    form: { grant_type: 'client_credentials' },
    authorization: basic('a%3Ab+c:p%25%26%2B%C3%BC'),
  },
  {
    name: 'client credentials in the body, scopes as a list, audience, resource, more fields',
    make: (tokenUrl) =>
      oauth2.clientCredentials({
        tokenUrl,
        clientId: 'me',
        clientSecret: 's=&',
        credentialBearer: 'body',
        scopes: [' read', 'write '],
        audience: 'https://api',
        resource: 'https://r.example/a?b',
        optionalParams: { 'x y': 'ä&=', n: 1, yes: true, no: undefined },
      }),
    form: {
      grant_type: 'client_credentials',
      client_id: 'me',
      client_secret: 's=&',
      scope: 'read write',
      audience: 'https://api',
      resource: 'https://r.example/a?b',
      'x y': 'ä&=',
      n: '1',
      yes: 'true',
    },
  },
  {
    name: 'a client that says its id alone, as with mutual TLS',
    make: (tokenUrl) => oauth2.clientCredentials({ tokenUrl, clientId: 'me' }),
    form: { grant_type: 'client_credentials', client_id: 'me' },
  },
  {
    name: 'password',
    make: (tokenUrl) => oauth2.password({ tokenUrl, username: 'ada', password: 'l&=ve', scopes: 'a b' }),
    form: { grant_type: 'password', username: 'ada', password: 'l&=ve', scope: 'a b' },
  },
  {
    name: 'refresh token',
    make: (tokenUrl) => oauth2.refreshToken({ tokenUrl, refreshToken: 'rt-0', clientId: 'me', clientSecret: 's' }),
    form: { grant_type: 'refresh_token', refresh_token: 'rt-0' },
    authorization: basic('me:s'),
  },
  {
    name: 'JWT bearer, the assertion as text',
    make: (tokenUrl) => oauth2.jwtBearer({ tokenUrl, assertion: 'a.b.c' }),
    form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'a.b.c' },
  },
  {
    name: 'JWT bearer, the assertion by a function',
    make: (tokenUrl) => oauth2.jwtBearer({ tokenUrl, assertion: () => Promise.resolve('d.e.f') }),
    form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'd.e.f' },
  },
  {
    name: 'token exchange',
    make: (tokenUrl) =>
      oauth2.tokenExchange({
        tokenUrl,
        clientId: 'me',
        subjectToken: 'sub',
        actorToken: () => 'act',
        audience: 'next',
        actorTokenType: 'urn:ietf:params:oauth:token-type:jwt',
        requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      }),
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'sub',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      actor_token: 'act',
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'next',
      client_id: 'me',
    },
  },
]

describe('what each grant sends', () => {
  test.each(rows)('$name', async ({ make, form, authorization }) => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    expect(await authorizationOf(make(server.tokenUrl), runtime)).toBe('Bearer at-1')
    const [asked] = server.asked
    expect(asked?.method).toBe('POST')
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(asked?.headers.accept).toBe('application/json')
    expect(asked?.headers.authorization).toBe(authorization)
    expect(Object.fromEntries(asked?.form ?? [])).toEqual(form)
  })

  test('lists repeat a field', async () => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({
      tokenUrl: server.tokenUrl,
      clientId: 'me',
      resource: ['https://a', 'https://b'],
      optionalParams: { tag: ['x', 'y'] },
    })
    await authorizationOf(provider, runtime)
    expect(server.asked[0]?.form.getAll('resource')).toEqual(['https://a', 'https://b'])
    expect(server.asked[0]?.form.getAll('tag')).toEqual(['x', 'y'])
  })
})

describe('client assertions (RFC 7523)', () => {
  test('private_key_jwt: new for each request, for the token endpoint', async () => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    const clientAssertion = { key: privateKey, algorithm: 'ES256', keyId: 'k' } as const
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', clientAssertion })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(60_000)
    await authorizationOf(provider, runtime)
    const assertions = server.asked.map(({ form }) => form.get('client_assertion') ?? '')
    const [first, second] = assertions.map((one) => decodeJwt(one))
    const iat = Date.UTC(2026, 0, 1) / 1000
    expect(first).toMatchObject({ iss: 'me', sub: 'me', aud: server.tokenUrl, iat, exp: iat + 60 })
    expect(decodeProtectedHeader(assertions[0] ?? '')).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k' })
    expect(first?.jti).not.toBe(second?.jti)
    expect(server.asked[0]?.form.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    )
    expect(server.asked[0]?.headers.authorization).toBeUndefined()
  })

  test('its audience may be given, and a function may make it', async () => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    const clientAssertion = { key: privateKey, algorithm: 'ES256', audience: 'https://as' } as const
    await authorizationOf(
      oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', clientAssertion }),
      runtime,
    )
    const made = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me', clientAssertion: () => 'x.y.z' })
    await authorizationOf(made, runtime)
    expect(decodeJwt(server.asked[0]?.form.get('client_assertion') ?? '').aud).toBe('https://as')
    expect(server.asked[1]?.form.get('client_assertion')).toBe('x.y.z')
  })

  test('JWT bearer signs its assertion by options', async () => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    const assertion = { key: privateKey, algorithm: 'ES256', issuer: 'svc', subject: 'ada', audience: 'as' } as const
    await authorizationOf(oauth2.jwtBearer({ tokenUrl: server.tokenUrl, assertion }), runtime)
    expect(decodeJwt(server.asked[0]?.form.get('assertion') ?? '')).toMatchObject({ iss: 'svc', sub: 'ada', aud: 'as' })
  })

  test('a function that fails is an AuthError, and nothing is sent', async () => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    const failing = (): string => {
      throw new Error('vault is closed')
    }
    const make = { tokenUrl: server.tokenUrl, clientId: 'me' }
    for (const provider of [
      oauth2.clientCredentials({ ...make, clientAssertion: failing }),
      oauth2.jwtBearer({ ...make, assertion: failing }),
      oauth2.tokenExchange({ ...make, subjectToken: failing }),
      oauth2.jwtBearer({ ...make, assertion: () => '' }),
    ]) {
      await expect(authorizationOf(provider, runtime)).rejects.toMatchObject({ code: 'auth', sent: 'no' })
    }
    expect(server.asked).toHaveLength(0)
  })
})

const grants = ({ asked }: { readonly asked: readonly Asked[] }): (string | null)[] =>
  asked.map(({ form }) => form.get('refresh_token') ?? form.get('grant_type'))

describe('after expiry', () => {
  test('client credentials ask in the same way, even where a refresh token came along', async () => {
    await using server = await authorizationServer(withRefresh)
    await using runtime = overSockets()
    const provider = oauth2.clientCredentials({ tokenUrl: server.tokenUrl, clientId: 'me' })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(60_000)
    await authorizationOf(provider, runtime)
    expect(grants(server)).toEqual(['client_credentials', 'client_credentials'])
  })

  test('a password is used once, then refresh tokens, each replaced by the next', async () => {
    await using server = await authorizationServer(withRefresh)
    await using runtime = overSockets()
    const provider = oauth2.password({ tokenUrl: server.tokenUrl, username: 'u', password: 'p' })
    for (let round = 0; round < 4; round += 1) {
      await authorizationOf(provider, runtime)
      await runtime.clock.advance(60_000)
    }
    expect(grants(server)).toEqual(['password', 'rt-1', 'rt-2', 'rt-3'])
  })

  test('a server that sends no new refresh token means the old one', async () => {
    await using server = await authorizationServer(simple)
    await using runtime = overSockets()
    const provider = oauth2.refreshToken({ tokenUrl: server.tokenUrl, refreshToken: 'rt-0' })
    for (let round = 0; round < 3; round += 1) {
      await authorizationOf(provider, runtime)
      await runtime.clock.advance(60_000)
    }
    expect(grants(server)).toEqual(['rt-0', 'rt-0', 'rt-0'])
  })

  test.each(['password', 'jwtBearer'] as const)('%s: begins anew where the refresh token is refused', async (grant) => {
    await using server = await authorizationServer((asked, count) =>
      asked.form.get('grant_type') === 'refresh_token'
        ? { status: 400, json: { error: 'invalid_grant' } }
        : withRefresh(asked, count),
    )
    await using runtime = overSockets()
    const { tokenUrl } = server
    const provider =
      grant === 'password'
        ? oauth2.password({ tokenUrl, username: 'u', password: 'p' })
        : oauth2.jwtBearer({ tokenUrl, assertion: 'a.b.c' })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(60_000)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-3')
    expect(server.asked.map(({ form }) => form.get('grant_type') === 'refresh_token')).toEqual([false, true, false])
  })

  test('a refresh token that is refused is the end of that grant, in the words of the server', async () => {
    await using server = await authorizationServer((asked, count) =>
      count === 1
        ? withRefresh(asked, count)
        : { status: 400, json: { error: 'invalid_grant', error_description: 'revoked' } },
    )
    await using runtime = overSockets()
    const provider = oauth2.refreshToken({ tokenUrl: server.tokenUrl, refreshToken: 'rt-0' })
    await authorizationOf(provider, runtime)
    await runtime.clock.advance(60_000)
    await expect(authorizationOf(provider, runtime)).rejects.toMatchObject({
      error: 'invalid_grant',
      errorDescription: 'revoked',
    })
    expect(grants(server)).toEqual(['rt-0', 'rt-1'])
  })
})

describe('rotation and stores', () => {
  /** A server that takes each refresh token once, and ends everything at the second use (RFC 9700 §4.14.2). */
  function rotating(): Script {
    let good = 'rt-0'
    return (asked, count) => {
      const given = asked.form.get('refresh_token')
      if (given !== good) return { status: 400, json: { error: 'invalid_grant', error_description: 'used twice' } }
      good = `rt-${count}`
      return { json: { access_token: `at-${count}`, token_type: 'Bearer', expires_in: 60, refresh_token: good } }
    }
  }

  test('200 calls on an expired token use the refresh token once; the new one is stored before anybody has the token', async () => {
    await using server = await authorizationServer(rotating())
    await using runtime = overSockets()
    const saved: string[] = []
    const memory = memoryTokens()
    const store: TokenStore = {
      load: (key) => memory.load(key),
      save: async (key, tokens) => {
        await Promise.resolve()
        await memory.save(key, tokens)
        saved.push(tokens.refreshToken ?? '')
      },
    }
    const provider = oauth2.refreshToken({ tokenUrl: server.tokenUrl, refreshToken: 'rt-0', store })
    for (let round = 1; round <= 5; round += 1) {
      const burst = Array.from({ length: 200 }, async () => {
        const value = await authorizationOf(provider, runtime)
        expect(saved).toHaveLength(round)
        return value
      })
      expect(new Set(await Promise.all(burst))).toEqual(new Set([`Bearer at-${round}`]))
      await runtime.clock.advance(60_000)
    }
    expect(saved).toEqual(['rt-1', 'rt-2', 'rt-3', 'rt-4', 'rt-5'])
    // The next process begins with what was stored, though it is given the first one.
    const later = oauth2.refreshToken({ tokenUrl: server.tokenUrl, refreshToken: 'rt-0', store })
    expect(await authorizationOf(later, runtime)).toBe('Bearer at-6')
  })

  test('whoever shares the store and was faster is followed', async () => {
    await using server = await authorizationServer(rotating())
    await using runtime = overSockets()
    const store = memoryTokens()
    const make = (): AuthProvider => oauth2.refreshToken({ tokenUrl: server.tokenUrl, refreshToken: 'rt-0', store })
    const [one, other] = [make(), make()]
    expect(await authorizationOf(one, runtime)).toBe('Bearer at-1')
    expect(await authorizationOf(other, runtime)).toBe('Bearer at-1')
    await runtime.clock.advance(60_000)
    expect(await authorizationOf(one, runtime)).toBe('Bearer at-2')
    expect(await authorizationOf(other, runtime)).toBe('Bearer at-2')
    expect(server.asked).toHaveLength(2)
  })

  test('a store that cannot save takes no token away; the next refresh uses the new one all the same', async () => {
    await using server = await authorizationServer(rotating())
    await using runtime = overSockets()
    const heard: object[] = []
    const hub: unknown = runtime.events
    if (typeof hub === 'object' && hub !== null && 'on' in hub && typeof hub.on === 'function') {
      hub.on('auth', (event: object) => heard.push(event))
    }
    const old: TokenSet = { accessToken: 'x', tokenType: 'Bearer', issuedAt: 0, expiresAt: 1, refreshToken: 'rt-0' }
    const store: TokenStore = { load: () => old, save: () => Promise.reject(new Error('disk full')) }
    const provider = oauth2.refreshToken({ tokenUrl: server.tokenUrl, refreshToken: 'rt-0', store })
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-1')
    await runtime.clock.advance(60_000)
    expect(await authorizationOf(provider, runtime)).toBe('Bearer at-2')
    expect(heard.filter((event) => 'type' in event && event.type === 'store-failure')).toHaveLength(2)
  })

  test.each([
    [
      'throws',
      () => Promise.reject(Object.assign(new Error('SECRET inside'), { code: 'EACCES' })),
      /could not be read \(EACCES\)/,
    ],
    ['gives nonsense', () => ({ accessToken: 5 }), /something else than tokens/],
  ])('a store that %s on load is an AuthError', async (_name, load, message) => {
    await using runtime = overSockets()
    // oxlint-disable-next-line typescript/no-explicit-any -- a store that does not keep its promise
    const store = { load, save: () => undefined } as any
    const provider = oauth2.clientCredentials({ tokenUrl: 'https://as.example/token', clientId: 'me', store })
    const error: unknown = await authorizationOf(provider, runtime).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'auth', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('SECRET')
  })
})
