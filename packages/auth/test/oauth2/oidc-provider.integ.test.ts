import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { attachSend, ClientRuntime, respond, type Runtime } from '@halyard/core'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { AuthProvider } from '../../src/index.ts'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { memoryTokens, oauth2 } from '../../src/oauth2/index.ts'
import { authorizationOf } from './kit/scripted.ts'

const runtime: Runtime = attachSend(new ClientRuntime(), fetchSend(1e6))
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const redirectUri = 'http://127.0.0.1:1/cb'
const secret = 's3:cret+&%/=x'
const hmac = 'h'.repeat(48)
let server: Server
let issuer = ''
let requests = 0

beforeAll(async () => {
  // It tells of each default of its own.
  vi.spyOn(console, 'info').mockReturnValue()
  vi.spyOn(console, 'warn').mockReturnValue()
  let handle: ReturnType<Provider['callback']> = (_request, response) => void response.end()
  let provider: Provider | undefined
  server = createServer(async (request, response) => {
    if (request.url === '/token') requests += 1
    if (request.url?.startsWith('/interaction/') !== true || provider === undefined) return handle(request, response)
    // The person signs in and consents at once.
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') {
      return await provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
    }
    const grant = new provider.Grant({ accountId: session?.accountId, clientId: params['client_id'] })
    grant.addOIDCScope(String(params['scope']))
    return await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
  provider = new Provider(issuer, {
    clients: [
      { client_id: 'a:b', client_secret: secret, ...machine },
      { client_id: 'body', client_secret: secret, token_endpoint_auth_method: 'client_secret_post', ...machine },
      {
        client_id: 'signed',
        token_endpoint_auth_method: 'private_key_jwt',
        ...machine,
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256' }] },
      },
      { client_id: 'hmac', client_secret: hmac, token_endpoint_auth_method: 'client_secret_jwt', ...machine },
      {
        client_id: 'app',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context: { body: string }, form: string) => void (context.body = form),
        userCodeConfirmSource: (context: { body: string }, form: string) => void (context.body = form),
        successSource: (context: { body: string }) => void (context.body = 'done'),
      },
      devInteractions: { enabled: false },
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access'],
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'HS256'] },
  })
  handle = provider.callback()
})
beforeEach(() => {
  requests = 0
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
})

test.each<readonly [string, () => AuthProvider]>([
  [
    'Basic, with a colon in the id and all sorts in the secret',
    () => oauth2.clientCredentials({ issuer, clientId: 'a:b', clientSecret: secret }),
  ],
  [
    'the secret in the body',
    () => oauth2.clientCredentials({ issuer, clientId: 'body', clientSecret: secret, credentialBearer: 'body' }),
  ],
  [
    'private_key_jwt',
    () =>
      oauth2.clientCredentials({
        issuer,
        clientId: 'signed',
        clientAssertion: { key: privateKey, algorithm: 'ES256' },
      }),
  ],
  [
    'client_secret_jwt',
    () => oauth2.clientCredentials({ issuer, clientId: 'hmac', clientAssertion: { key: hmac, algorithm: 'HS256' } }),
  ],
])('client credentials, %s: 200 calls at once, one token request', async (_name, make) => {
  const provider = make()
  const burst = await Promise.all(Array.from({ length: 200 }, async () => await authorizationOf(provider, runtime)))
  expect(new Set(burst).size).toBe(1)
  expect(requests).toBe(1)
})

test('a wrong secret is told in the words of the server', async () => {
  const provider = oauth2.clientCredentials({ issuer, clientId: 'a:b', clientSecret: 'wrong' })
  await expect(authorizationOf(provider, runtime)).rejects.toMatchObject({ status: 401, error: 'invalid_client' })
})

/** A browser that keeps cookies, sends forms on and stops at the redirect URI. */
class Browser {
  readonly #cookies = new Map<string, string>()

  async open(url: string, form?: URLSearchParams): Promise<{ readonly at: string; readonly text: string }> {
    let at = url
    let body = form
    for (let hop = 0; hop < 20; hop += 1) {
      if (at.startsWith(redirectUri)) return { at, text: '' }
      const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(at, {
        redirect: 'manual',
        headers: { cookie },
        ...(body === undefined ? {} : { method: 'POST', body }),
      })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      const location = response.headers.get('location')
      if (location === null) return { at, text: await response.text() }
      at = new URL(location, at).href
      body = undefined
    }
    throw new Error('it goes round in circles')
  }
}

test('authorization code with PKCE and iss; then refresh tokens that rotate, used once each', async () => {
  const options = {
    issuer,
    clientId: 'app',
    redirectUri,
    scopes: 'openid offline_access',
    store: memoryTokens(),
  } as const
  const login = oauth2.authorizationCode(options)
  const { url } = await login.authorizationUrl({ params: { prompt: 'consent' } })
  const { at } = await new Browser().open(url.href)
  expect(new URL(at).searchParams.get('iss')).toBe(issuer)
  const first = await login.exchange(at)
  expect(first.refreshToken).toBeDefined()
  // As if the token were over: each round the new refresh token has to be used.
  let { refreshToken } = first
  for (let round = 0; round < 3; round += 1) {
    const store = memoryTokens()
    const saved: (string | undefined)[] = []
    const provider = oauth2.refreshToken({
      issuer,
      clientId: 'app',
      refreshToken: refreshToken ?? '',
      store: { load: (key) => store.load(key), save: (_key, tokens) => void saved.push(tokens.refreshToken) },
    })
    await Promise.all(Array.from({ length: 50 }, async () => await authorizationOf(provider, runtime)))
    expect(saved).toHaveLength(1)
    expect(saved[0]).not.toBe(refreshToken)
    refreshToken = saved[0]
  }
  expect(requests).toBe(4)
  // An old one is refused, by the server's own words.
  const old = oauth2.refreshToken({ issuer, clientId: 'app', refreshToken: first.refreshToken ?? '' })
  await expect(authorizationOf(old, runtime)).rejects.toMatchObject({ error: 'invalid_grant' })
})

test('device code', async () => {
  const provider = oauth2.deviceCode({
    issuer,
    clientId: 'app',
    scopes: 'openid offline_access',
    optionalParams: { prompt: 'consent' },
    onCode: async ({ verificationUriComplete }) => {
      const browser = new Browser()
      let page = await browser.open(verificationUriComplete ?? '')
      for (let step = 0; step < 3 && !page.text.includes('done'); step += 1) {
        const action = /action="(?<to>[^"]+)"/.exec(page.text)?.groups?.['to'] ?? ''
        const inputs = [...page.text.matchAll(/name="(?<name>[^"]+)"[^>]*value="(?<value>[^"]*)"/g)]
        const form = new URLSearchParams(
          Object.fromEntries(inputs.map(({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? ''])),
        )
        form.set('confirm', 'yes')
        page = await browser.open(new URL(action, page.at).href, form)
      }
      expect(page.text).toBe('done')
    },
    http: async (request, call) => {
      const response = await runtime.send(request, call)
      // The pace that the server asks for would take five seconds.
      if (!request.path.includes('device')) return response
      const text = Buffer.from(await response.body.bytes()).toString()
      return respond({ status: response.status, body: text.replace('{', '{"interval":0,'), url: request.url })
    },
  })
  await provider.authorize()
  expect(await authorizationOf(provider, runtime)).toMatch(/^Bearer /)
})
