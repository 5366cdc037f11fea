import {
  AuthError,
  ConfigError,
  createPipeline,
  headerList,
  respond,
  streamBody,
  textBody,
  type Middleware,
} from '@halyard/core'
import { checkMiddleware, mockTransport } from '@halyard/testing'
import { describe, expect, test, vi } from 'vitest'
import { apiKey, auth, basic, bearer, type AuthProvider, type AuthRule } from '../../src/index.ts'
import { origin, printed, scene, thrownBy } from '../schemes/kit.ts'

const other = 'https://other.test'
const u = 'Basic dTpw'

/** Answers a 401 with a numbered token, and never minds how often. */
function numbered(): AuthProvider {
  let count = 0
  const next: AuthProvider['apply'] = (request) =>
    request.with({ headers: request.headers.with('authorization', `n${(count += 1)}`) })
  return { name: 'numbered', apply: next, challenge: (_response, ...rest) => next(...rest) }
}

describe('the contract', () => {
  test.each<[string, AuthProvider]>([
    ['basic', basic('u', 'p')],
    ['a function', bearer(() => Promise.resolve('t'))],
    ['one that answers challenges', numbered()],
  ])('is kept with %s', (_name, provider) =>
    expect(checkMiddleware(() => auth(provider, { origins: ['http://conformance.test'] }))).resolves.toBeUndefined(),
  )

  test('is kept with credentials on the call', () =>
    expect(checkMiddleware(() => auth([]), { callOptions: { auth: numbered() } })).resolves.toBeUndefined())
})

describe('where credentials go', () => {
  test.each<[string, boolean]>([
    [origin, true],
    ['https://API.test:443', true],
    [other, false],
    ['http://api.test', false],
    ['https://api.test:444', false],
    ['https://sub.api.test', false],
    ['https://api.test.evil.test', false],
    ['https://api.test.', false],
  ])('%s: %s', async (url, goes) => {
    const { api, sent } = scene(basic('u', 'p'))
    await api.get(`${url}/x?y=1`)
    expect(sent()).toEqual([goes ? u : undefined])
  })

  test('rules by origin: the first that covers one counts, and false is none', async () => {
    const rules: AuthRule[] = [
      { origins: ['https://a.test', 'https://b.test'], auth: basic('u', 'p') },
      { origins: ['https://none.test'], auth: false },
      { origins: (asked) => asked.startsWith('https://'), auth: bearer('t') },
    ]
    const transport = mockTransport(() => respond())
    const api = createPipeline({ transport, use: [auth(rules)] })
    for (const host of ['https://a.test', 'https://b.test', 'https://none.test', 'https://c.test', 'http://a.test'])
      await api.get(host)
    expect(transport.requests.map(({ headers }) => headers.get('authorization'))).toEqual([
      u,
      u,
      undefined,
      'Bearer t',
      undefined,
    ])
  })

  test.each<[string, unknown, unknown, string]>([
    ['no provider', 's3cret', { origins: [origin] }, 'auth'],
    ['no apply', { name: 's3cret' }, { origins: [origin] }, 'auth'],
    ['no origins', basic('u', 'p'), {}, 'auth.origins'],
    ['an empty list', basic('u', 'p'), { origins: [] }, 'auth.origins'],
    ['a path', basic('u', 'p'), { origins: [`${origin}/s3cret`] }, 'auth.origins[0]'],
    ['user information', basic('u', 'p'), { origins: ['https://s3cret@api.test'] }, 'auth.origins[0]'],
    ['another scheme', basic('u', 'p'), { origins: ['ftp://api.test'] }, 'auth.origins[0]'],
    ['no URL', basic('u', 'p'), { origins: ['s3cret'] }, 'auth.origins[0]'],
    ['no list', basic('u', 'p'), { origins: origin }, 'auth.origins'],
    ['an unknown option', basic('u', 'p'), { orgins: [origin] }, 'auth.orgins'],
    ['a wrong header name', basic('u', 'p'), { origins: [origin], secretHeaders: ['a b'] }, 'auth.secretHeaders'],
    ['a rule without origins', [{ auth: basic('u', 'p') }], {}, 'auth[0].origins'],
    ['a rule without a provider', [{ origins: [origin] }], {}, 'auth[0].auth'],
    ['a rule with another thing', [{ origins: [origin], auth: 's3cret' }], {}, 'auth[0].auth'],
    ['a rule with an unknown name', [{ origins: [origin], auth: false, path: '/' }], {}, 'auth[0].path'],
  ])('refuses %s', async (_name, credentials, options, option) => {
    const error = await thrownBy(() => auth(credentials as AuthProvider, options as object))
    expect(error).toMatchObject({ code: 'config', option })
    expect(printed(error)).not.toContain('s3cret')
  })

  test('a polluted prototype brings no provider, no options and no rule', async () => {
    const bad = { value: bearer('polluted'), configurable: true }
    Object.defineProperty(Object.prototype, 'auth', bad)
    try {
      const { api, sent } = scene(basic('u', 'p'))
      await api.get(origin)
      expect(sent()).toEqual([u])
      expect(() => auth([{ origins: [origin] } as never])).toThrow(ConfigError)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'auth')
    }
  })
})

describe('beside headers that are there', () => {
  const headers = { Authorization: 'own' }

  test.each<[string, object]>([
    ['an object', headers],
    ['a list', [['AUTHORIZATION', 'own']]],
    ['a header list', headerList(headers)],
    ['Headers', new Headers(headers)],
    ['an iterator that was read', new Map([['authorization', 'own']]).entries()],
  ])('what the call sets stands: %s', async (_name, given) => {
    const { api, sent } = scene(basic('u', 'p'))
    await api.get(origin, { headers: given as never })
    expect(sent()).toEqual(['own'])
  })

  test('what the call takes off stays off; other headers change nothing', async () => {
    const { api, sent } = scene(basic('u', 'p'))
    await api.get(origin, { headers: { authorization: undefined } })
    await api.get(origin, { headers: { accept: '*/*' } })
    expect(sent()).toEqual([undefined, u])
  })

  test('what is not of the call is replaced, in each of its values', async () => {
    const transport = mockTransport(() => respond())
    const defaults: Middleware = {
      name: 'defaults',
      wrap: (next) => (request, call) =>
        next(
          request.with({ headers: request.headers.append('Authorization', 'a').append('authorization', 'b') }),
          call,
        ),
    }
    const api = createPipeline({ transport, use: [defaults, auth(basic('u', 'p'), { origins: [origin] })] })
    await api.get(origin)
    expect(transport.requests[0]?.headers.toFlat()).toEqual(['authorization', u])
  })

  test('a key in another field stands beside authorization, and gives way to that field', async () => {
    const { api, transport } = scene(apiKey({ header: 'X-Key', value: 'k' }))
    await api.get(origin, { headers })
    await api.get(origin, { headers: { 'x-key': 'own' } })
    expect(transport.requests.map((request) => request.headers.toFlat())).toEqual([
      ['Authorization', 'own', 'X-Key', 'k'],
      ['x-key', 'own'],
    ])
  })

  test('the layer says which fields are secret', () => {
    const rules = [{ origins: [origin], auth: apiKey({ header: 'X-Key', value: 'k' }) }]
    expect(auth(rules, { secretHeaders: ['X-More'] }).secretHeaders).toEqual(['authorization', 'x-key', 'x-more'])
  })
})

describe('credentials of the call', () => {
  test('take the place of those of the client; false is none', async () => {
    const { api, sent } = scene(basic('u', 'p'))
    await api.get(origin, { auth: bearer('t') })
    await api.get(origin, { auth: false })
    await api.get(other, { auth: bearer('t') })
    expect(sent()).toEqual(['Bearer t', undefined, 'Bearer t'])
  })

  test('what is no provider is refused before anything is sent', async () => {
    const { api, sent } = scene(basic('u', 'p'))
    const error = await thrownBy(() => api.get(origin, { auth: 's3cret' as never }))
    expect(error).toMatchObject({ code: 'config', option: 'auth', sent: 'no' })
    expect(printed(error)).not.toContain('s3cret')
    expect(sent()).toEqual([])
  })

  /** Sends each call on to the next origin in turn, as redirects and failover do. */
  function wandering(origins: readonly string[], home: readonly string[]) {
    const transport = mockTransport(() => respond())
    const wander: Middleware = {
      name: 'wander',
      wrap: (next) => async (request, call) => {
        for (const to of origins) await next(request.with({ url: new URL(to) }), call.fork())
        return await next(request.with({ url: new URL(origins[0] ?? origin) }), call.fork())
      },
    }
    const credentials = auth([{ origins: home, auth: basic('u', 'p') }], { origins: home })
    const api = createPipeline({ transport, use: [wander, credentials] })
    return { api, sent: () => transport.requests.map(({ headers }) => headers.get('authorization')) }
  }

  test('stay where the call began, when it goes on to another origin and back', async () => {
    const { api, sent } = wandering([origin, other], [])
    await api.get(origin, { auth: bearer('t') })
    expect(sent()).toEqual(['Bearer t', undefined, 'Bearer t'])
  })

  test('go to all of the client where the call began there, and to nobody else', async () => {
    const { api, sent } = wandering([origin, 'https://second.test', other], [origin, 'https://second.test'])
    await api.get(origin, { auth: bearer('t') })
    expect(sent()).toEqual(['Bearer t', 'Bearer t', undefined, 'Bearer t'])
    await api.get(origin)
    expect(sent().slice(4)).toEqual([u, u, undefined, u])
  })

  test('that began elsewhere do not come to the client by a redirect', async () => {
    const { api, sent } = wandering([other, origin], [origin])
    await api.get(other, { auth: bearer('t') })
    expect(sent()).toEqual(['Bearer t', undefined, 'Bearer t'])
  })
})

describe('a challenge', () => {
  test('is answered once, and its body let go of', async () => {
    const { api, transport, sent } = scene(numbered(), [{ status: 401, body: 'who' }, { body: 'you' }])
    const response = await api.get(origin)
    expect(transport.openBodies()).toBe(1)
    expect([response.status, Buffer.from(await response.body.bytes()).toString()]).toEqual([200, 'you'])
    expect(sent()).toEqual(['n1', 'n2'])
    expect(transport.openBodies()).toBe(0)
  })

  test('is not answered for ever: the second 401 stands', async () => {
    const { api, transport, sent } = scene(numbered(), () => respond({ status: 401, body: 'no' }))
    const response = await api.get(origin)
    expect(response.status).toBe(401)
    expect(sent()).toEqual(['n1', 'n2'])
    await response.body.discard()
    expect(transport.openBodies()).toBe(0)
  })

  test.each([
    ['text is sent again', () => textBody('abc'), ['abc', 'abc']],
    [
      'a stream is not',
      () =>
        streamBody(
          (async function* () {
            await Promise.resolve()
            yield Buffer.from('abc')
          })(),
        ),
      ['abc'],
    ],
  ])('with a body: %s', async (_name, body, expected) => {
    const { api, transport } = scene(numbered(), () => respond({ status: 401 }))
    expect((await api.request('POST', origin, { body: body() })).status).toBe(401)
    expect(transport.requests.map(({ text }) => text)).toEqual(expected)
  })

  test.each([200, 403, 407, 500])('%i is none', async (status) => {
    const { api, sent } = scene(numbered(), () => respond({ status }))
    expect((await api.get(origin)).status).toBe(status)
    expect(sent()).toEqual(['n1'])
  })

  test('a provider without an answer lets it stand', async () => {
    const { api, sent } = scene({ ...numbered(), challenge: () => undefined }, () => respond({ status: 401 }))
    expect((await api.get(origin)).status).toBe(401)
    expect(sent()).toEqual(['n1'])
  })

  test('a provider is told of each answer, and of what was sent', async () => {
    const answered = vi.fn<NonNullable<AuthProvider['answered']>>()
    const { api } = scene({ ...numbered(), answered }, [{ status: 401 }, { status: 200 }])
    await api.get(origin)
    expect(answered.mock.calls.map(([{ status }, { headers }]) => [status, headers.get('authorization')])).toEqual([
      [401, 'n1'],
      [200, 'n2'],
    ])
  })
})

describe('a provider that fails', () => {
  const wrong = new Error('the vault is closed')
  const named = (parts: Partial<AuthProvider>): AuthProvider => ({ ...numbered(), name: 'vault', ...parts })
  const fail = (): never => {
    throw wrong
  }

  test.each<[string, Partial<AuthProvider>, string]>([
    ['when it is applied', { apply: fail }, 'no'],
    ['when it is applied, later', { apply: () => Promise.reject(wrong) }, 'no'],
    ['at a challenge', { challenge: fail }, 'yes'],
    ['at a challenge, later', { challenge: () => Promise.reject(wrong) }, 'yes'],
    ['when it is told', { answered: fail }, 'yes'],
  ])('%s: an AuthError with its cause, and no body left', async (_name, parts, sent) => {
    const { api, transport } = scene(named(parts), () => respond({ status: 401, body: 'x' }))
    const error = await thrownBy(() => api.get(`${origin}/a?key=s3cret`))
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({
      code: 'auth',
      sent,
      cause: wrong,
      message: `GET ${origin}/a: the provider "vault" failed to give credentials`,
    })
    expect(transport.openBodies()).toBe(0)
  })

  test('an error of ours is not wrapped', async () => {
    const own = new ConfigError({ option: 'x', value: 1, expected: 'y' })
    for (const parts of [{ apply: () => Promise.reject(own) }, { challenge: () => Promise.reject(own) }]) {
      const { api } = scene(named(parts), () => respond({ status: 401 }))
      expect(await thrownBy(() => api.get(origin))).toBe(own)
    }
  })

  test('a provider gives a request, to the same origin', async () => {
    for (const apply of [() => undefined, () => ({}), () => Promise.resolve('x')]) {
      const error = await thrownBy(() => scene(named({ apply: apply as never })).api.get(origin))
      expect(error).toMatchObject({ code: 'auth', sent: 'no', message: expect.stringContaining('gave something else') })
    }
    const away = named({ apply: (request) => request.with({ url: new URL(other) }) })
    const { api, transport } = scene(away)
    expect(await thrownBy(() => api.get(origin))).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('another origin'),
    })
    expect(transport.requests).toEqual([])
  })
})
