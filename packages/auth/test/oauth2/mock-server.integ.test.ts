import { attachSend, ClientRuntime, type Runtime } from '@halyard/core'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AuthProvider } from '../../src/index.ts'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { oauth2 } from '../../src/oauth2/index.ts'
import { authorizationOf } from './kit/scripted.ts'

const server = new OAuth2Server()
const runtime: Runtime = attachSend(new ClientRuntime(), fetchSend(1e6))
let issuer = ''
let requests = 0

beforeAll(async () => {
  await server.issuer.keys.generate('RS256')
  await server.start(0, 'localhost')
  issuer = server.issuer.url ?? ''
  server.service.on('beforeResponse', () => {
    requests += 1
  })
})
beforeEach(() => {
  requests = 0
})
afterAll(async () => await server.stop())

const assertion = { issuer: 'svc', subject: 'ada', audience: 'as', algorithm: 'HS256', key: 'k'.repeat(32) } as const
const client = { clientId: 'me', clientSecret: 'shh' }

test.each<readonly [string, () => AuthProvider]>([
  ['client credentials', () => oauth2.clientCredentials({ issuer, ...client, scopes: 'a' })],
  ['password', () => oauth2.password({ issuer, ...client, username: 'ada', password: 'x' })],
  ['refresh token', () => oauth2.refreshToken({ issuer, ...client, refreshToken: 'rt' })],
  ['JWT bearer', () => oauth2.jwtBearer({ issuer, ...client, assertion, scopes: 'a' })],
])('%s: 200 calls at once, one token request', async (_name, make) => {
  const provider = make()
  const burst = await Promise.all(Array.from({ length: 200 }, async () => await authorizationOf(provider, runtime)))
  expect(new Set(burst).size).toBe(1)
  expect(burst[0]).toMatch(/^Bearer ey/)
  expect(requests).toBe(1)
})

test('authorization code with PKCE', async () => {
  const login = oauth2.authorizationCode({
    issuer,
    clientId: 'app',
    redirectUri: 'http://localhost/cb',
    scopes: 'openid',
  })
  const { url } = await login.authorizationUrl()
  const response = await fetch(url, { redirect: 'manual' })
  await login.exchange(response.headers.get('location') ?? '')
  expect(await authorizationOf(login, runtime)).toMatch(/^Bearer ey/)
})
