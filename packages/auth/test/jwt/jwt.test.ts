import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { ConfigError, httpRequest, newCall, noHeaders } from '@halyard/core'
import { fakeClock, fakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jwt, type JwtAlgorithm, type JwtOptions } from '../../src/jwt/index.ts'

const request = httpRequest({
  method: 'GET',
  origin: 'https://api.example',
  path: '/a',
  headers: noHeaders,
  body: undefined,
})

async function tokenOf(options: JwtOptions, runtime = fakeRuntime()): Promise<string> {
  const applied = await jwt(options).apply(request, newCall(), runtime)
  return (applied.headers.get('authorization') ?? '').replace(/^Bearer /, '')
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs: Readonly<Record<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  RS: rsa,
  PS: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed: generateKeyPairSync('ed25519'),
}
const secret = randomBytes(64)

function pairFor(algorithm: JwtAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return pairs[algorithm] ?? pairs[algorithm.slice(0, 2)] ?? rsa
}

const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
const symmetric = ['HS256', 'HS384', 'HS512'] as const

const now = new Date('2026-01-01T00:00:00Z')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'halyard-jwt-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('algorithms and forms of keys', () => {
  for (const algorithm of asymmetric) {
    test(`${algorithm}: PEM, path, bytes, DER, JWK, KeyObject; verified by the public key`, async () => {
      const { privateKey, publicKey } = pairFor(algorithm)
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const der = privateKey.export({ type: 'pkcs8', format: 'der' })
      const file = path.join(folder, `${algorithm}.pem`)
      writeFileSync(file, pem)
      const jwk = privateKey.export({ format: 'jwk' })
      for (const key of [pem, file, Buffer.from(pem), der, { kty: '', ...jwk }, privateKey]) {
        const token = await tokenOf({ key, algorithm, issuer: 'me' })
        const { payload } = await jwtVerify(token, publicKey, { algorithms: [algorithm], currentDate: now })
        expect(payload.iss).toBe('me')
      }
    })
  }

  for (const algorithm of symmetric) {
    test(`${algorithm}: text, bytes, JWK, KeyObject`, async () => {
      const { createSecretKey } = await import('node:crypto')
      const text = secret.toString('hex')
      const cases = [
        [text, Buffer.from(text)],
        [secret, secret],
        [{ kty: 'oct', k: secret.toString('base64url') }, secret],
        [createSecretKey(secret), secret],
      ] as const
      for (const [key, verifier] of cases) {
        const token = await tokenOf({ key, algorithm })
        await expect(jwtVerify(token, verifier, { algorithms: [algorithm], currentDate: now })).resolves.toBeDefined()
      }
    })
  }

  test('an encrypted PEM opens with its passphrase alone', async () => {
    const pem = rsa.privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
      .toString()
    const token = await tokenOf({ key: pem, passphrase: 'open sesame' })
    await expect(jwtVerify(token, rsa.publicKey, { currentDate: now })).resolves.toBeDefined()
    expect(() => jwt({ key: pem, passphrase: 'open barley' })).toThrow(/jwt\.key: .*another passphrase/)
    expect(() => jwt({ key: pem })).toThrow(/jwt\.key: .*without a passphrase/)
  })
})

describe('vectors', () => {
  // RFC 8037 appendix A.1 and A.4: the key, and what it signs.
  test('RFC 8037: the key of A.1 signs as A.4 says (Ed25519 is deterministic)', async () => {
    const key = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    }
    const token = await tokenOf({ key, algorithm: 'EdDSA', issuer: 'vector' })
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.x }, format: 'jwk' })
    const { sign } = await import('node:crypto')
    const { createPrivateKey } = await import('node:crypto')
    const [head, body, signature] = token.split('.')
    const direct = sign(null, Buffer.from(`${head}.${body}`), createPrivateKey({ key, format: 'jwk' }))
    expect(signature).toBe(direct.toString('base64url'))
    await expect(jwtVerify(token, publicKey, { currentDate: now })).resolves.toBeDefined()
  })

  // RFC 7515 appendix A.1 has white space in its JSON, which nobody makes; the same claims as this project writes them.
  test('RFC 7515 A.1: the key of the RFC signs by HMAC-SHA-256 over head and claims', async () => {
    const k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    const runtime = fakeRuntime({ clock: fakeClock({ startDate: new Date(1_300_819_080_000) }) })
    const token = await tokenOf(
      { key: { kty: 'oct', k }, algorithm: 'HS256', issuer: 'joe', claims: { 'http://example.com/is_root': true } },
      runtime,
    )
    const { createHmac } = await import('node:crypto')
    const [head, body, signature] = token.split('.')
    const hmac = createHmac('sha256', Buffer.from(k, 'base64url')).update(`${head}.${body}`).digest('base64url')
    expect(signature).toBe(hmac)
    expect(JSON.parse(Buffer.from(body ?? '', 'base64url').toString())).toEqual({
      'http://example.com/is_root': true,
      iss: 'joe',
      iat: 1_300_819_080,
      nbf: 1_300_819_080,
      exp: 1_300_819_380,
    })
  })
})

describe('head and claims', () => {
  test('everything that can be said, and the times of the clock', async () => {
    const runtime = fakeRuntime()
    let id = 0
    const options: JwtOptions = {
      key: secret,
      algorithm: 'HS256',
      issuer: 'i',
      subject: 's',
      audience: ['a', 'b'],
      keyId: 'k1',
      jwtId: () => `id-${(id += 1)}`,
      claims: { role: 'admin' },
      expiresInMs: 60_500,
    }
    const provider = jwt(options)
    const first = await provider.apply(request, newCall(), runtime)
    await runtime.clock.advance(5000)
    const second = await provider.apply(request, newCall(), runtime)
    const tokens = [first, second].map((one) => (one.headers.get('authorization') ?? '').slice(7))
    expect(decodeProtectedHeader(tokens[0] ?? '')).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k1' })
    const base = now.getTime() / 1000
    const claims = tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()))
    const same = { iss: 'i', sub: 's', aud: ['a', 'b'], role: 'admin' }
    expect(claims).toEqual([
      { ...same, jti: 'id-1', iat: base, nbf: base, exp: base + 60 },
      { ...same, jti: 'id-2', iat: base + 5, nbf: base + 5, exp: base + 65 },
    ])
  })

  test('claims of any JSON come out as they went in, and are copied', async () => {
    const reserved = new Set(['iss', 'sub', 'aud', 'jti', 'exp', 'iat', 'nbf', '__proto__'])
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string().filter((name) => !reserved.has(name)),
          fc.jsonValue(),
        ),
        async (claims) => {
          const token = await tokenOf({ key: secret, algorithm: 'HS256', claims })
          const { payload } = await jwtVerify(token, secret, { currentDate: now })
          const { iat, nbf, exp, ...rest } = payload
          expect([typeof iat, typeof nbf, typeof exp]).toEqual(['number', 'number', 'number'])
          expect(rest).toEqual(JSON.parse(JSON.stringify(claims)))
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('reuse', () => {
  test('without it, each request has its own; with it, one serves until near its expiry', async () => {
    const runtime = fakeRuntime()
    let made = 0
    const jwtId = (): string => `${(made += 1)}`
    const fresh = jwt({ key: secret, algorithm: 'HS256', jwtId })
    await Promise.all(Array.from({ length: 5 }, async () => await fresh.apply(request, newCall(), runtime)))
    expect(made).toBe(5)
    made = 0
    const reused = jwt({ key: secret, algorithm: 'HS256', jwtId, reuse: true, expiresInMs: 300_000 })
    await Promise.all(Array.from({ length: 200 }, async () => await reused.apply(request, newCall(), runtime)))
    expect(made).toBe(1)
    await runtime.clock.advance(268_000)
    await reused.apply(request, newCall(), runtime)
    expect(made).toBe(1)
    await runtime.clock.advance(2000)
    await Promise.all(Array.from({ length: 200 }, async () => await reused.apply(request, newCall(), runtime)))
    expect(made).toBe(2)
  })

  test('a maker that throws fails the call with AuthError, and the next may succeed', async () => {
    const runtime = fakeRuntime()
    let fails = true
    const jwtId = (): string => {
      if (fails) throw new Error('no id')
      return 'x'
    }
    const provider = jwt({ key: secret, algorithm: 'HS256', jwtId, reuse: true })
    await expect(provider.apply(request, newCall(), runtime)).rejects.toMatchObject({ code: 'auth', sent: 'no' })
    fails = false
    await expect(provider.apply(request, newCall(), runtime)).resolves.toBeDefined()
  })
})

describe('what is refused', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['no key', {}, /jwt\.key: expected a key/],
    ['algorithm none', { key: secret, algorithm: 'none' }, /jwt\.algorithm: expected 'RS256'/],
    ['a secret for RS256', { key: rsa.publicKey.export({ format: 'jwk' }) }, /jwt\.key: expected/],
    ['a PEM as HS secret', { key: publicPem, algorithm: 'HS256' }, /jwt\.key: expected a secret, and no key/],
    ['an RSA KeyObject for HS256', { key: rsa.privateKey, algorithm: 'HS256' }, /a secret of at least 32 bytes/],
    [
      'a short secret',
      { key: 'too short', algorithm: 'HS256' },
      /at least 32 bytes for HS256, got "a secret of 9 bytes"/,
    ],
    ['a public key', { key: rsa.publicKey }, /got "a public key of type rsa/],
    ['a public PEM', { key: publicPem }, /jwt\.key/],
    ['1024 bits', { key: weak.privateKey }, /at least 2048 bits for RS256/],
    ['RSA for ES256', { key: pem, algorithm: 'ES256' }, /P-256 for ES256/],
    ['P-384 for ES256', { key: pairFor('ES384').privateKey, algorithm: 'ES256' }, /P-256 for ES256.*secp384r1/],
    ['Ed448', { key: generateKeyPairSync('ed448').privateKey, algorithm: 'EdDSA' }, /Ed25519 key for EdDSA/],
    ['a missing file', { key: path.join('no', 'such.pem') }, /no file \(ENOENT\)/],
    ['a broken PEM', { key: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----' }, /cannot be read/],
    ['iss among claims', { key: secret, algorithm: 'HS256', claims: { iss: 'x' } }, /claims\.iss.*use issuer/],
    ['exp among claims', { key: secret, algorithm: 'HS256', claims: { exp: 1 } }, /claims\.exp.*use expiresInMs/],
    ['a bigint claim', { key: secret, algorithm: 'HS256', claims: { n: 1n } }, /JSON can hold/],
    ['no life', { key: secret, algorithm: 'HS256', expiresInMs: 0 }, /jwt\.expiresInMs/],
    ['an unknown name', { key: secret, algorithm: 'HS256', isuer: 'x' }, /did you mean 'issuer'/],
    ['a number as key', { key: 424_242 }, /jwt\.key: expected .* got "number"/],
    ['a number as passphrase', { key: pem, passphrase: 424_242 }, /jwt\.passphrase: .* got "number"/],
  ]
  test.each(cases)('%s', (_name, options, message) => {
    const make = (): unknown => jwt(options as JwtOptions)
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
  })

  test('a polluted prototype changes nothing', () => {
    Object.defineProperty(Object.prototype, 'passphrase', {
      value: 'x',
      configurable: true,
      enumerable: true,
      writable: true,
    })
    Object.defineProperty(Object.prototype, 'kty', {
      value: 'oct',
      configurable: true,
      enumerable: true,
      writable: true,
    })
    try {
      expect(() => jwt({ key: pem })).not.toThrow()
      expect(() => jwt({ key: {} } as unknown as JwtOptions)).toThrow(ConfigError)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'passphrase')
      Reflect.deleteProperty(Object.prototype, 'kty')
    }
  })
})

test('no key, passphrase or token in errors, inspect or JSON', async () => {
  const hidden = ['SECRET-KEY-TEXT-0123456789-0123456789', 'SECRET-PASS']
  const shown: string[] = []
  const show = (value: unknown): void => {
    shown.push(inspect(value, { depth: 10, showHidden: true }), JSON.stringify(value) ?? '', String(value))
    if (value instanceof Error) shown.push(value.message, value.stack ?? '')
  }
  const attempts: object[] = [
    { key: hidden[0] },
    { key: hidden[0], algorithm: 'HS512' },
    { key: { kty: 'oct', k: hidden[0], n: 1 }, algorithm: 'RS256' },
    { key: `-----BEGIN PRIVATE KEY-----\n${hidden[0]}\n-----END PRIVATE KEY-----`, passphrase: hidden[1] },
  ]
  for (const options of attempts) {
    try {
      jwt(options as JwtOptions)
      expect.unreachable()
    } catch (error) {
      show(error)
    }
  }
  const provider = jwt({ key: hidden[0] ?? '', algorithm: 'HS256', reuse: true })
  const runtime = fakeRuntime()
  const applied = await provider.apply(request, newCall(), runtime)
  show(provider)
  const text = shown.join('\n')
  for (const one of [...hidden, (applied.headers.get('authorization') ?? '').slice(7)]) expect(text).not.toContain(one)
})
