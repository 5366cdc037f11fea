import { createHash } from 'node:crypto'
import { attachSend, ClientRuntime, type Runtime } from '@halyard/core'
import { fakeRuntime, type FakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { memoryTokens, oauth2, type AuthorizationCodeProvider, type DevicePrompt } from '../../src/oauth2/index.ts'
import { authorizationOf, authorizationServer, type ScriptedAnswer } from './kit/scripted.ts'

const overSockets = (): FakeRuntime => fakeRuntime({ send: fetchSend(1e6) })
/** On the machine's clock, as the steps that stand outside of calls are. */
const onMachineClock = (): Runtime => attachSend(new ClientRuntime(), fetchSend(1e6))

describe('device code (RFC 8628)', () => {
  const codes = {
    device_code: 'dc',
    user_code: 'WXYZ',
    verification_uri: 'https://as.example/device',
    expires_in: 60,
    interval: 5,
  }
  const pending: ScriptedAnswer = { status: 400, json: { error: 'authorization_pending' } }
  const granted: ScriptedAnswer = {
    json: { access_token: 'at', token_type: 'Bearer', expires_in: 60, refresh_token: 'rt' },
  }

  test('shows the code once, asks at the pace of the server, and goes on by the refresh token', async () => {
    const polls = [pending, { status: 400, json: { error: 'slow_down' } }, { status: 503 }, granted]
    await using server = await authorizationServer(({ path, form }) =>
      path === '/device' ? { json: codes } : form.has('device_code') ? (polls.shift() ?? {}) : granted,
    )
    await using runtime = overSockets()
    const shown: DevicePrompt[] = []
    const provider = oauth2.deviceCode({
      tokenUrl: server.tokenUrl,
      deviceUrl: `${server.origin}/device`,
      clientId: 'tv',
      scopes: 'a b',
      onCode: (prompt) => void shown.push(prompt),
    })
    const both = Promise.all([authorizationOf(provider, runtime), authorizationOf(provider, runtime)])
    for (const [wait, requests] of [
      [5000, 2],
      [5000, 3],
      [10_000, 4],
      [20_000, 5],
    ] as const) {
      await expect.poll(() => runtime.clock.pending).toBe(1)
      await runtime.clock.advance(wait - 1)
      expect(server.asked).toHaveLength(requests - 1)
      await runtime.clock.advance(1)
      await expect.poll(() => server.asked.length).toBe(requests)
    }
    expect(await both).toEqual(['Bearer at', 'Bearer at'])
    expect(shown).toEqual([
      {
        userCode: 'WXYZ',
        verificationUri: 'https://as.example/device',
        verificationUriComplete: undefined,
        expiresInMs: 60_000,
      },
    ])
    expect(server.asked[0]?.body).toBe('scope=a+b&client_id=tv')
    expect(server.asked[1]?.body).toBe(
      'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dc&client_id=tv',
    )
    await runtime.clock.advance(60_000)
    await authorizationOf(provider, runtime)
    expect(server.asked.at(-1)?.form.get('refresh_token')).toBe('rt')
    expect(runtime.clock.pending).toBe(0)
  })

  test.each(['access_denied', 'expired_token'])('%s is the end', async (error) => {
    await using server = await authorizationServer(({ path }) =>
      path === '/device' ? { json: { ...codes, interval: 0 } } : { status: 400, json: { error } },
    )
    const provider = oauth2.deviceCode({
      tokenUrl: server.tokenUrl,
      deviceUrl: `${server.origin}/device`,
      clientId: 'tv',
      onCode: () => undefined,
    })
    await expect(provider.authorize()).rejects.toMatchObject({ code: 'auth', error })
  })

  test('a code that nobody enters in time is the end, and so is a prompt that fails', async () => {
    await using server = await authorizationServer(({ path }) => (path === '/device' ? { json: codes } : pending))
    await using runtime = overSockets()
    const make = { tokenUrl: server.tokenUrl, deviceUrl: `${server.origin}/device`, clientId: 'tv' }
    const slow = authorizationOf(oauth2.deviceCode({ ...make, onCode: () => undefined }), runtime).catch(
      (error: unknown) => error,
    )
    for (let polls = 1; polls <= 11; polls += 1) {
      await expect.poll(() => runtime.clock.pending).toBe(1)
      await runtime.clock.advance(5000)
      await expect.poll(() => server.asked.length).toBe(polls + 1)
    }
    expect(await slow).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('nobody entered the code in time'),
    })
    const failing = oauth2.deviceCode({ ...make, onCode: () => Promise.reject(new Error('no screen')) })
    await expect(authorizationOf(failing, runtime)).rejects.toThrow(/the code could not be shown/)
    const aborted = new AbortController()
    const given = oauth2
      .deviceCode({ ...make, onCode: () => aborted.abort(new Error('enough')) })
      .authorize({ signal: aborted.signal })
    await expect(given).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('authorization code (RFC 6749 §4.1, RFC 7636, RFC 9207)', () => {
  const redirectUri = 'https://app.example/cb'
  const make = (origin: string, more: object = {}): AuthorizationCodeProvider =>
    oauth2.authorizationCode({ issuer: origin, clientId: 'app', redirectUri, scopes: ['openid', 'x'], ...more })
  const metadata = (origin: string, more: object = {}): ScriptedAnswer => ({
    json: {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize?x=1`,
      token_endpoint: `${origin}/token`,
      ...more,
    },
  })

  test('from the URL to the call, with PKCE; used once', async () => {
    await using server = await authorizationServer(({ method }) =>
      method === 'GET'
        ? metadata(server.origin)
        : { json: { access_token: 'at', token_type: 'Bearer', expires_in: 60, refresh_token: 'rt', id_token: 'id' } },
    )
    const store = memoryTokens()
    const login = make(server.origin, { store })
    const runtime = onMachineClock()
    await expect(authorizationOf(login, runtime)).rejects.toThrow(/nobody has signed in/)
    const { url, state, codeVerifier } = await login.authorizationUrl({ params: { prompt: 'login' } })
    expect(Object.fromEntries(url.searchParams)).toEqual({
      x: '1',
      response_type: 'code',
      client_id: 'app',
      redirect_uri: redirectUri,
      scope: 'openid x',
      state,
      prompt: 'login',
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    expect(codeVerifier).toMatch(/^[\w-]{43}$/)
    const back = `/cb?code=c0de&state=${state}&iss=${encodeURIComponent(server.origin)}`
    expect(await login.exchange(back)).toMatchObject({ accessToken: 'at', refreshToken: 'rt', idToken: 'id' })
    expect(Object.fromEntries(server.asked.at(-1)?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
      client_id: 'app',
    })
    expect(await authorizationOf(login, runtime)).toBe('Bearer at')
    await expect(login.exchange(back)).rejects.toThrow(/belongs to no sign-in/)
    // Another process, which has the store and what was kept of the sign-in.
    expect(await authorizationOf(make(server.origin, { store }), runtime)).toBe('Bearer at')
    const elsewhere = make(server.origin)
    await expect(elsewhere.exchange(back, { state, codeVerifier })).resolves.toMatchObject({ accessToken: 'at' })
  })

  test.each<readonly [string, (state: string, origin: string) => string, RegExp]>([
    ['no state', () => '?code=c', /has no state/],
    ['a state of somebody else', () => '?code=c&state=mine', /belongs to no sign-in/],
    ['two codes', (state) => `?code=c&code=d&state=${state}`, /code more than once/],
    ['two states', (state) => `?code=c&state=${state}&state=x`, /state more than once/],
    ['no code', (state, origin) => `?state=${state}&iss=${origin}`, /has no code/],
    ['another issuer', (state) => `?code=c&state=${state}&iss=https://evil.example`, /of another issuer/],
    ['no issuer, where it is always sent', (state) => `?code=c&state=${state}`, /of another issuer/],
    [
      'a refusal',
      (state, origin) => `?error=access_denied&error_description=no%0Away&state=${state}&iss=${origin}`,
      /refused: access_denied \(no way\)/,
    ],
  ])('%s is refused, and nothing is redeemed', async (_name, back, message) => {
    await using server = await authorizationServer(() =>
      metadata(server.origin, { authorization_response_iss_parameter_supported: true }),
    )
    const login = make(server.origin)
    const { state } = await login.authorizationUrl()
    await expect(login.exchange(`/cb${back(state, server.origin)}`)).rejects.toThrow(message)
    expect(server.asked.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('parameters of the protocol are not replaced', async () => {
    const login = oauth2.authorizationCode({
      tokenUrl: 'https://a/t',
      authorizeUrl: 'https://a/a',
      clientId: 'app',
      redirectUri,
    })
    await expect(login.authorizationUrl({ params: { state: 'x' } })).rejects.toMatchObject({ code: 'config' })
  })
})
