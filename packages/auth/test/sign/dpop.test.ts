import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { headerList, httpRequest, newCall, respond, type HttpRequest } from '@halyard/core'
import { checkMiddleware } from '@halyard/testing'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWTPayload } from 'jose'
import { describe, expect, test } from 'vitest'
import { auth, bearer, Secret, type AuthProvider } from '../../src/index.ts'
import { dpop, type DpopAlgorithm, type DpopOptions } from '../../src/sign/index.ts'
import { thumbprint } from '../../src/sign/dpop/proof-key.ts'
import { origin, printed, scene, thrownBy } from '../schemes/kit.ts'
import { ed25519Key, rsaPssKey } from './rfc9421-vectors.ts'
import { at } from './still-clock.ts'

const now = 1_562_262_618_000
// RFC 9449 §7.1.
const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
const ath = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo'

const request = (path = '/protectedresource', method = 'GET'): HttpRequest =>
  httpRequest({ method, origin: 'https://resource.example.org', path, headers: headerList(undefined), body: undefined })

async function applied(options: DpopOptions, given = request()): Promise<HttpRequest> {
  return await dpop(options).apply(given, newCall(), at(now))
}

/** What a server reads from a proof that it has verified by the key in it. */
async function claims(proof: string | undefined): Promise<JWTPayload> {
  const { payload } = await jwtVerify(proof ?? '', EmbeddedJWK, { typ: 'dpop+jwt', currentDate: new Date(now) })
  return payload
}

describe('proofs', () => {
  test.each<[DpopAlgorithm, string]>([
    ['ES256', 'EC'],
    ['ES384', 'EC'],
    ['EdDSA', 'OKP'],
    ['Ed25519', 'OKP'],
    ['RS256', 'RSA'],
    ['PS256', 'RSA'],
  ])('%s', async (algorithm, kty) => {
    const provider = dpop({ generate: true, algorithm, token })
    const done = await provider.apply(request('/protectedresource?secret=1'), newCall(), at(now))
    expect(done.headers.get('authorization')).toBe(`DPoP ${token}`)
    const proof = done.headers.get('dpop') ?? ''
    const header: { jwk: object } = JSON.parse(Buffer.from(proof.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ typ: 'dpop+jwt', alg: algorithm, jwk: { kty } })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(header.jwk).not.toHaveProperty(secret)
    expect(await calculateJwkThumbprint(header.jwk)).toBe(provider.thumbprint)
    expect(await claims(proof)).toEqual({
      jti: expect.stringMatching(/^[\w-]{36}$/),
      htm: 'GET',
      htu: 'https://resource.example.org/protectedresource',
      iat: now / 1000,
      ath,
    })
  })

  test('without a token they go alone, each with a name of its own', async () => {
    const provider = dpop({ generate: true })
    const one = await provider.apply(request(), newCall(), at(now))
    const other = await provider.apply(request(), newCall(), at(now))
    expect(one.headers.has('authorization')).toBe(false)
    const [first, second] = [await claims(one.headers.get('dpop')), await claims(other.headers.get('dpop'))]
    expect(first).not.toHaveProperty('ath')
    expect(first.jti).not.toBe(second.jti)
    expect(provider.sets).toEqual(['dpop'])
  })

  test('for requests that are made elsewhere', async () => {
    const provider = dpop({ generate: true })
    const proof = provider.proof('POST', 'https://server.example.com/token?x#y', { nonce: 'n', clock: at(now) })
    expect(await claims(proof)).toMatchObject({ htm: 'POST', htu: 'https://server.example.com/token', nonce: 'n' })
    expect(() => provider.proof('POST', 'nonsense')).toThrow(expect.objectContaining({ code: 'config', option: 'url' }))
  })

  test('thumbprints of RFC 9449 §6.1 and RFC 8037 A.3', () => {
    const jwk = {
      crv: 'P-256',
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    }
    expect(thumbprint(jwk)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
    const key = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    }
    expect(dpop({ key, algorithm: 'EdDSA' }).thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  test('the example of RFC 9449 §4.1 is what is understood here', async () => {
    const proof =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'
    const example = await claims(proof)
    const own = await claims(
      dpop({ generate: true }).proof('POST', 'https://server.example.com/token', { clock: at(1_562_262_616_000) }),
    )
    expect(own).toEqual({ ...example, jti: own.jti })
  })
})

describe('tokens', () => {
  test.each<[string, DpopOptions['token']]>([
    ['a value', token],
    ['a secret', new Secret(token)],
    ['a function', () => Promise.resolve(token)],
    ['a provider that sends a Bearer', bearer(token)],
    ['a provider that waits', bearer(() => new Secret(token))],
  ])('%s', async (_name, given) => {
    const done = await applied({ generate: true, token: given })
    expect(done.headers.getAll('authorization')).toEqual([`DPoP ${token}`])
    expect((await claims(done.headers.get('dpop'))).ath).toBe(ath)
  })

  test.each<[string, DpopOptions['token']]>([
    ['a function that gives nonsense', () => 's3cret\n'],
    ['a provider of another scheme', { name: 'x', apply: (given) => given }],
  ])('%s is an AuthError', async (_name, given) => {
    const error = await thrownBy(() => applied({ generate: true, token: given }))
    expect(error).toMatchObject({
      code: 'auth',
      sent: 'no',
      target: 'GET https://resource.example.org/protectedresource',
    })
    expect(printed(error)).not.toContain('s3cret')
  })

  test('a renewed one is proven anew', async () => {
    let count = 0
    const { api, sent, transport } = scene(
      dpop({ generate: true, token: bearer(() => `t${(count += 1)}`) }),
      ({ headers }) => respond({ status: headers.get('authorization') === 'DPoP t2' ? 200 : 401 }),
    )
    expect((await api.get(`${origin}/x`)).status).toBe(200)
    expect(sent()).toEqual(['DPoP t1', 'DPoP t2'])
    const [first, second] = transport.requests.map(({ headers }) => headers.get('dpop'))
    expect(first).not.toBe(second)
  })

  test('the same one is not tried twice', async () => {
    for (const given of [token, () => token]) {
      const { api, transport } = scene(dpop({ generate: true, token: given }), () => respond({ status: 401 }))
      expect((await api.get(`${origin}/x`)).status).toBe(401)
      expect(transport.requests.length).toBe(1)
    }
  })
})

describe('nonces', () => {
  const wanted = (nonce: string): Record<string, string> => ({
    'www-authenticate': 'DPoP error="use_dpop_nonce", error_description="s"',
    'dpop-nonce': nonce,
  })
  const nonceOf = (sent: Pick<HttpRequest, 'headers'>): unknown => {
    const payload: { nonce?: string } = JSON.parse(
      Buffer.from(sent.headers.get('dpop')?.split('.')[1] ?? '', 'base64url').toString(),
    )
    return payload.nonce
  }

  test('are used at once, kept, and replaced by what the server says next', async () => {
    let step = 0
    const { api, transport } = scene(dpop({ generate: true, token }), () => {
      step += 1
      return step === 1
        ? respond({ status: 401, headers: wanted('n1') })
        : respond({ headers: step === 3 ? { 'dpop-nonce': 'n2' } : {} })
    })
    for (let round = 0; round < 3; round += 1) expect((await api.get(`${origin}/x`)).status).toBe(200)
    expect(transport.requests.map(nonceOf)).toEqual([undefined, 'n1', 'n1', 'n2'])
  })

  test.each(['n1', 'changing'])('a server that is never content is asked twice (%s)', async (kind) => {
    let count = 0
    const { api, transport } = scene(dpop({ generate: true, token }), () =>
      respond({ status: 401, headers: wanted(kind === 'n1' ? kind : `n${(count += 1)}`) }),
    )
    expect((await api.get(`${origin}/x`)).status).toBe(401)
    expect(transport.requests.length).toBe(2)
  })

  test.each(['', 'a b', 'a"b', 'x'.repeat(1025)])('one that fits into no proof is none: %j', async (nonce) => {
    const { api, transport } = scene(dpop({ generate: true, token }), () =>
      respond({ status: 401, headers: wanted(nonce) }),
    )
    expect((await api.get(`${origin}/x`)).status).toBe(401)
    expect(transport.requests.map(nonceOf)).toEqual([undefined])
  })

  test('stay on their origin', async () => {
    const other = 'https://other.test'
    const { api, transport } = scene(
      dpop({ generate: true, token }),
      () => respond({ headers: { 'dpop-nonce': 'n1' } }),
      { origins: [origin, other] },
    )
    await api.get(`${origin}/x`)
    await api.get(`${other}/x`)
    await api.get(`${origin}/x`)
    expect(transport.requests.map(nonceOf)).toEqual([undefined, undefined, 'n1'])
  })
})

test('what an inner provider wants to hear it is told', async () => {
  const heard: number[] = []
  const inner: AuthProvider = {
    name: 'inner',
    sets: ['authorization', 'x-more'],
    apply: (given) => given.with({ headers: given.headers.with('authorization', 'DPoP t').with('x-more', '1') }),
    answered: ({ status }) => heard.push(status),
  }
  const provider = dpop({ generate: true, token: inner })
  expect(provider.sets).toEqual(['authorization', 'x-more', 'dpop'])
  const { api, sent } = scene(provider)
  await api.get(`${origin}/x`)
  expect(heard).toEqual([200])
  expect(sent()).toEqual(['DPoP t'])
})

const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey

test.each<[string, object, string]>([
  ['no key', {}, 'dpop'],
  ['two', { key: ed25519Key, generate: true }, 'dpop'],
  ['a symmetric algorithm', { generate: true, algorithm: 'HS256' }, 'dpop.algorithm'],
  ['another kind of key', { key: ed25519Key }, 'dpop.key'],
  ['a public key', { key: createPublicKey(ed25519Key), algorithm: 'EdDSA' }, 'dpop.key'],
  ['a weak key', { key: rsa1024, algorithm: 'RS256' }, 'dpop.key'],
  ['a key of RSASSA-PSS', { key: rsaPssKey, algorithm: 'PS256' }, 'dpop.key'],
  ['no file', { key: 's3cret' }, 'dpop.key'],
  ['a token that is none', { generate: true, token: 's3cret s3cret' }, 'dpop.token'],
  ['an object for a token', { generate: true, token: { value: 's3cret' } }, 'dpop.token'],
  ['a mistyped name', { generate: true, tokn: 's3cret' }, 'dpop.tokn'],
])('refuses %s', async (_name, options, option) => {
  const error = await thrownBy(() => dpop(options))
  expect(error).toMatchObject({ code: 'config', option })
  expect(printed(error)).not.toContain('s3cret')
})

test('no key and no token shows', () => {
  const provider = dpop({ key: ed25519Key, algorithm: 'EdDSA', token: 's3cret' })
  for (const one of [provider, auth(provider, { origins: [origin] })]) {
    expect(printed(one)).not.toMatch(/s3cret|MC4CAQ|n4Ni-HpI/)
  }
})

test('the contract of middlewares is kept', () =>
  expect(
    checkMiddleware(() => auth(dpop({ generate: true, token }), { origins: ['http://conformance.test'] })),
  ).resolves.toBeUndefined())
