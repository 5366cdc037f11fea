import { inspect } from 'node:util'
import { mockTransport } from '@halyard/testing'
import { respond } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import {
  apiKey,
  basic,
  bearer,
  createClient,
  digest,
  Secret,
  standardOrder,
  type AuthProvider,
  type ClientConfig,
  type ClientEndpoint,
} from '../../src/index.ts'
import { rejection, thrown } from '../support/thrown.ts'

const base = 'https://api.test'
const p = basic('u', 'p')

function printed(value: unknown): string {
  return [
    inspect(value, { depth: 10, showHidden: true }),
    inspect(value, { depth: 10, getters: true }),
    JSON.stringify(value) ?? '',
    String(value),
    value instanceof Error ? String(value.stack) : '',
  ].join('\n')
}

test('its place is inside of everything but the transfer', () => {
  expect(standardOrder.slice(-4)).toEqual(['use.attempt', 'auth', 'transfer', 'transport'])
  const inner = { name: 'mine', wrap: <T>(next: T) => next }
  const api = createClient(base, { auth: p, use: { attempt: [inner] } })
  expect(api.describe().slice(-4)).toEqual(['mine', 'auth', 'transfer', 'transport'])
})

test.each<[ClientConfig, string]>([
  [{ auth: p }, 'https://api.test/x'],
  [{ auth: [] }, 'https://api.test/x'],
  [{ auth: false }, 'http://api.test/x'],
  [{}, 'http://api.test/x'],
])('a base without a scheme: %o', async (config, url) => {
  const transport = mockTransport(() => respond())
  await createClient('api.test', { ...config, transport }).get('/x')
  expect(transport.requests[0]?.url).toBe(url)
})

describe('is refused, by name and without what it holds', () => {
  const s = 's3cret'
  test.each<[string, () => unknown, string]>([
    ['no provider', () => createClient(base, { auth: s as never }), 'auth'],
    ['an object', () => createClient(base, { auth: { username: s } as never }), 'auth'],
    ['a rule that is none', () => createClient(base, { auth: [s] as never }), 'auth[0]'],
    [
      'a rule of another thing',
      () => createClient(base, { auth: [{ origins: [base], auth: s }] as never }),
      'auth[0].auth',
    ],
    [
      'a rule with a path',
      () => createClient(base, { auth: [{ origins: [`${base}/${s}`], auth: p }] }),
      'auth[0].origins[0]',
    ],
    ['a lone provider without a base', () => createClient(undefined, { auth: bearer(s) }), 'auth'],
    ['in an extension', () => createClient(base).extend({ auth: s as never }), 'auth'],
    ['of an endpoint', () => createClient([{ url: base, auth: s as never }]), 'endpoints[0].auth'],
    ['rules of an endpoint', () => createClient([{ url: base, auth: [] as never }]), 'endpoints[0].auth'],
    [
      'two for one origin',
      () => createClient([`${base}/a`, { url: `${base}/b`, auth: p }, { url: `${base}/c`, auth: p }]),
      'endpoints[2].auth',
    ],
    ['two ways of saying it', () => createClient([{ url: base, atuh: p } as ClientEndpoint]), 'endpoints[0].atuh'],
  ])('%s', (_name, make, option) => {
    const error = thrown(make)
    expect(error).toMatchObject({ code: 'config', option })
    expect(printed(error)).not.toContain(s)
  })

  test('on a call', async () => {
    const transport = mockTransport(() => respond())
    const error = await rejection(createClient(base, { transport }).get('/', { auth: s as never }))
    expect(error).toMatchObject({ code: 'config', option: 'auth', sent: 'no' })
    expect(printed(error)).not.toContain(s)
    expect(transport.requests).toEqual([])
  })
})

test('a polluted prototype brings no credentials', async () => {
  const transport = mockTransport(() => respond())
  Object.defineProperty(Object.prototype, 'auth', { value: bearer('polluted'), configurable: true })
  try {
    const api = createClient(base, { transport })
    await api.get('/')
    await api.get('/', {})
    const balanced = createClient([{ url: base }], { transport })
    await balanced.get('/')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'auth')
  }
  expect(transport.requests.map(({ headers }) => headers.get('authorization'))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

const failing: AuthProvider = {
  name: 'failing',
  apply: (request) => {
    if (request.path.startsWith('/no')) throw new Error('no')
    return request.with({ headers: request.headers.with('authorization', 's3cret-token') })
  },
}

test.each<[string, AuthProvider]>([
  ['basic', basic('s3cret-user', 's3cret')],
  ['bearer', bearer('s3cret')],
  ['a Secret', bearer(new Secret('s3cret'))],
  ['a function', bearer(() => Promise.resolve('s3cret'))],
  ['a key', apiKey({ header: 'x-key', value: 's3cret' })],
  ['a parameter', apiKey({ query: 'key', value: 's3cret' })],
  ['digest', digest('s3cret-user', 's3cret')],
  ['its own', failing],
])('nothing secret shows in client, config, endpoints, stats, events or errors: %s', async (_name, auth) => {
  const coded = Buffer.from('s3cret-user:s3cret').toString('base64')
  const shown: unknown[] = []
  const transport = mockTransport((request) => {
    if (request.path.startsWith('/reset')) throw new Error('reset')
    return respond({
      status: request.path.startsWith('/401') ? 401 : 503,
      headers: { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth"' },
    })
  })
  const config: ClientConfig = { auth, transport, retry: { backoff: () => 0 }, circuitBreaker: {} }
  const single = createClient(base, config)
  const several = createClient([{ url: base, auth }, 'https://b.test'], config)
  for (const api of [single, several]) {
    for (const name of ['retry', 'balance', 'breaker'] as const) api.on(name, (event) => shown.push(event))
    for (const path of ['/reset', '/401', '/503', '/no']) {
      shown.push(await rejection(api.get(path).json()))
      shown.push(
        await api.post(path, { a: 1 }).then(
          (response) => response,
          (error: unknown) => error,
        ),
      )
    }
    shown.push(api, api.stats(), api.describe(), api.endpoints())
  }
  // The mock remembers requests: that is its purpose.
  shown.push({ ...config, transport: undefined })
  for (const one of shown) expect(printed(one)).not.toMatch(new RegExp(`s3cret|${coded}`))
  await Promise.all([single.close(), several.close()])
})
