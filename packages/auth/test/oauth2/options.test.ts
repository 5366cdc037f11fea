import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { ConfigError, respond, type HttpHandler } from '@halyard/core'
import { checkMiddleware, fakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auth } from '../../src/index.ts'
import { mayRenew } from '../../src/oauth2/bearer-challenge.ts'
import { basicOfClient, encodeForm } from '../../src/oauth2/form.ts'
import { fileTokens, memoryTokens, oauth2, type TokenSet } from '../../src/oauth2/index.ts'
import { documentsOf } from '../../src/oauth2/metadata.ts'
import { presentable } from '../../src/oauth2/redact.ts'
import { authorizationOf } from './kit/scripted.ts'

const tokenUrl = 'https://as.example/token'
const { publicKey } = generateKeyPairSync('ed25519')

describe('wrong options are a ConfigError that names them, and shows no secret', () => {
  const make: Readonly<Record<string, (options: never) => unknown>> = { ...oauth2 }
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['clientCredentials', {}, /clientCredentials\.clientId/],
    ['clientCredentials', { clientId: 'me' }, /clientCredentials\.tokenUrl: expected a tokenUrl, or an issuer/],
    ['clientCredentials', { clientId: '', tokenUrl }, /clientId: .* not empty/],
    ['clientCredentials', { clientId: 'me', clientSecret: '', tokenUrl }, /clientSecret: .* got "empty text"/],
    ['clientCredentials', { clientId: 'me', clientSecret: 7_777_777, tokenUrl }, /clientSecret: .* got "number"/],
    [
      'clientCredentials',
      { clientId: 'me', tokenUrl: 'http://as.example/' },
      /tokenUrl: expected https: .*http\.clearText/,
    ],
    ['clientCredentials', { clientId: 'me', tokenUrl: 'https://u:7777777@as.example/' }, /user information/],
    ['clientCredentials', { clientId: 'me', tokenUrl: 'https://as.example/#x' }, /fragment/],
    ['clientCredentials', { clientId: 'me', tokenUrl: 'ftp://as.example/' }, /another scheme/],
    ['clientCredentials', { clientId: 'me', tokenUrl: '/token' }, /absolute URL/],
    ['clientCredentials', { clientId: 'me', issuer: 'http://as.example' }, /issuer: expected https:/],
    ['clientCredentials', { clientId: 'me', issuer: 'https://as.example?x' }, /issuer: .*query/],
    ['clientCredentials', { clientId: 'me', tokenUrl, scopes: ['a', ''] }, /scopes/],
    ['clientCredentials', { clientId: 'me', tokenUrl, resource: 'not a uri' }, /resource: .*RFC 8707/],
    [
      'clientCredentials',
      { clientId: 'me', tokenUrl, optionalParams: { client_secret: '7777777' } },
      /optionalParams\.client_secret/,
    ],
    ['clientCredentials', { clientId: 'me', tokenUrl, optionalParams: { a: {} } }, /optionalParams\.a/],
    ['clientCredentials', { clientId: 'me', tokenUrl, credentialBearer: 'query' }, /'header' or 'body'/],
    ['clientCredentials', { clientId: 'me', tokenUrl, clockSkewMs: -1 }, /clockSkewMs/],
    ['clientCredentials', { clientId: 'me', tokenUrl, defaultExpiresInMs: 0 }, /defaultExpiresInMs/],
    ['clientCredentials', { clientId: 'me', tokenUrl, store: {} }, /store: expected an object with load and save/],
    ['clientCredentials', { clientId: 'me', tokenUrl, http: { timeoutMs: 0 } }, /http\.timeoutMs/],
    ['clientCredentials', { clientId: 'me', tokenUrl, http: { headers: { 'a b': '7777777' } } }, /http\.headers/],
    ['clientCredentials', { clientId: 'me', tokenUrl, clientSecrt: '7777777' }, /did you mean 'clientSecret'/],
    [
      'clientCredentials',
      { clientId: 'me', tokenUrl, clientSecret: '7777777', clientAssertion: {} },
      /either clientSecret or/,
    ],
    ['clientCredentials', { clientId: 'me', tokenUrl, clientAssertion: { key: publicKey } }, /clientAssertion\.key/],
    ['clientCredentials', { clientId: 'me', tokenUrl, clientAssertion: { issuer: 'x' } }, /clientAssertion\.issuer/],
    ['password', { tokenUrl, username: 'u' }, /password\.password/],
    ['password', { tokenUrl, username: 'u', password: '7777777', clientSecret: '7777777' }, /clientId/],
    ['refreshToken', { tokenUrl }, /refreshToken\.refreshToken/],
    ['jwtBearer', { tokenUrl, assertion: { issuer: 'x' } }, /assertion\.key/],
    ['tokenExchange', { tokenUrl, subjectToken: 7_777_777 }, /subjectToken: .* got "number"/],
    ['tokenExchange', { tokenUrl, subjectToken: '7777777', actorTokenType: 'x' }, /actorToken/],
    ['deviceCode', { tokenUrl, clientId: 'me', onCode: () => undefined }, /deviceUrl, or an issuer/],
    ['deviceCode', { issuer: 'https://a', clientId: 'me' }, /onCode/],
    ['authorizationCode', { tokenUrl, clientId: 'me', redirectUri: 'https://me/cb' }, /authorizeUrl, or an issuer/],
    ['authorizationCode', { issuer: 'https://a', clientId: 'me', redirectUri: '/cb' }, /redirectUri/],
  ]
  test.each(cases)('%s %#', (grant, options, message) => {
    let error: unknown
    try {
      make[grant]?.(options as never)
    } catch (failure) {
      error = failure
    }
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(message)
    expect(inspect(error) + JSON.stringify(error)).not.toMatch(/7777777|7_777_777/)
  })

  test('loopback needs no TLS, other hosts only where it is allowed', () => {
    for (const url of ['http://127.0.0.1:1/t', 'http://localhost/t', 'http://[::1]/t', 'http://as.localhost/t']) {
      expect(() => oauth2.clientCredentials({ tokenUrl: url, clientId: 'me' })).not.toThrow()
    }
    const http = { clearText: true }
    expect(() => oauth2.clientCredentials({ tokenUrl: 'http://as.internal/t', clientId: 'me', http })).not.toThrow()
    expect(() => oauth2.clientCredentials({ tokenUrl: 'http://127.evil.example/t', clientId: 'me' })).toThrow(
      ConfigError,
    )
  })

  test('a polluted prototype adds no option', async () => {
    const forms: string[] = []
    const http: HttpHandler = (request) => {
      const body = request.body?.open()
      forms.push(body instanceof Uint8Array ? Buffer.from(body).toString() : '')
      return Promise.resolve(respond({ body: '{"access_token":"at"}' }))
    }
    const value = { configurable: true, writable: true, enumerable: true }
    const names = ['clientSecret', 'scopes', 'audience', 'credentialBearer', 'refresh_token', 'error']
    for (const name of names) Object.defineProperty(Object.prototype, name, { ...value, value: 'body' })
    try {
      await authorizationOf(oauth2.clientCredentials({ tokenUrl, clientId: 'me', http }), fakeRuntime())
    } finally {
      for (const name of names) Reflect.deleteProperty(Object.prototype, name)
    }
    expect(forms).toEqual(['grant_type=client_credentials&client_id=me'])
  })
})

describe('encoders', () => {
  test('forms decode to what they were made of', () => {
    const pair = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.array(pair), (fields) => {
        const text = encodeForm(fields)
        expect(text).toMatch(/^[\w*.\-+%&=]*$/)
        expect([...new URLSearchParams(text)]).toEqual(fields)
      }),
    )
  })

  test('Basic of any id and secret decodes to both, and one colon parts them', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, (id, secret) => {
        const pair = Buffer.from(basicOfClient(id, secret).slice('Basic '.length), 'base64').toString()
        const parts = pair.split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
        expect(parts).toEqual([id, secret])
      }),
    )
  })

  test('challenges of any text are no fault', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (fields) => {
        expect(typeof mayRenew(fields)).toBe('boolean')
      }),
    )
    const word = fc.constantFrom('invalid_token', 'insufficient_scope', 'invalid_request', 'x')
    fc.assert(
      fc.property(
        word,
        fc.constantFrom('realm="a, Bearer error=x"', 'scope="a b"'),
        fc.boolean(),
        (error, other, first) => {
          const parameters = first ? `error="${error}", ${other}` : `${other}, error=${error}`
          const lasting = error === 'insufficient_scope' || error === 'invalid_request'
          expect(mayRenew([`Basic realm="b", Bearer ${parameters}`])).toBe(!lasting)
        },
      ),
    )
  })

  test('words of a server: short, on one line, without what it was sent', () => {
    const secret = fc
      .string({ minLength: 8, unit: 'grapheme' })
      .filter((text) => text.trim() === text && !/\p{Cc}/u.test(text))
    fc.assert(
      fc.property(secret, fc.string(), fc.nat(400), (hidden, more, padding) => {
        const encoded = new URLSearchParams([['', hidden]]).toString().slice(1)
        const shown = presentable(
          `${'.'.repeat(padding)}${hidden}${more}\r\n${encoded} ${encodeURIComponent(hidden)}`,
          [hidden],
        )
        expect(shown.length).toBeLessThanOrEqual(257)
        expect(shown).not.toMatch(/[\r\n\0]/)
        expect(shown.includes(hidden)).toBe(false)
        expect(shown.includes(encoded)).toBe(false)
      }),
    )
  })

  test('metadata of an issuer with a path', () => {
    expect(documentsOf('https://as.example/a/b').map(String)).toEqual([
      'https://as.example/a/b/.well-known/openid-configuration',
      'https://as.example/.well-known/oauth-authorization-server/a/b',
    ])
  })
})

describe('nothing secret is shown', () => {
  test('in errors, events, inspect and JSON, even where the server repeats all that it got', async () => {
    const secrets = ['SECRET-client', 'SECRET-pass word&', 'SECRET-refresh', 'SECRET-extra', 'SECRET-assert']
    const [clientSecret = '', password = '', refreshToken = '', extra = '', assertion = ''] = secrets
    const shown: string[] = []
    const show = (value: unknown): void => {
      shown.push(
        inspect(value, { depth: 12, showHidden: true, getters: true }),
        JSON.stringify(value) ?? '',
        String(value),
      )
      if (value instanceof Error) shown.push(value.message, value.stack ?? '')
    }
    const echo: HttpHandler = (request) => {
      const opened = request.body?.open()
      const body = opened instanceof Uint8Array ? Buffer.from(opened).toString() : ''
      const all = `${request.headers.get('authorization') ?? ''} ${body} ${decodeURIComponent(body.replaceAll('+', ' '))}`
      return Promise.resolve(
        respond({ status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: all }) }),
      )
    }
    const grant: HttpHandler = () =>
      Promise.resolve(respond({ body: '{"access_token":"SECRET-access","refresh_token":"SECRET-refreshed"}' }))
    for (const http of [echo, grant]) {
      const base = { tokenUrl, clientId: 'me', clientSecret, optionalParams: { extra }, http } as const
      for (const provider of [
        oauth2.clientCredentials({ ...base, store: memoryTokens() }),
        oauth2.clientCredentials({ ...base, credentialBearer: 'body' }),
        oauth2.password({ ...base, username: 'ada', password }),
        oauth2.refreshToken({ ...base, refreshToken }),
        oauth2.jwtBearer({ ...base, assertion }),
        oauth2.tokenExchange({ ...base, subjectToken: assertion, actorToken: refreshToken }),
      ]) {
        const runtime = fakeRuntime()
        const { events } = runtime
        if ('on' in events && typeof events.on === 'function') events.on('auth', show)
        await authorizationOf(provider, runtime).catch(show)
        show(provider)
      }
    }
    const text = shown.join('\n')
    expect(text).toContain('invalid_grant')
    expect(text).not.toContain('SECRET')
    expect(text).not.toContain(Buffer.from(`me:${clientSecret}`).toString('base64'))
  })
})

test('behind the layer it keeps the rules of middlewares', async () => {
  const http: HttpHandler = () => Promise.resolve(respond({ body: '{"access_token":"at"}' }))
  const checked = checkMiddleware(() =>
    auth(oauth2.clientCredentials({ tokenUrl, clientId: 'me', http }), { origins: () => true }),
  )
  await expect(checked).resolves.toBeUndefined()
})

describe('fileTokens', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'halyard-tokens-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const set = (accessToken: string): TokenSet => ({ accessToken, tokenType: 'Bearer', issuedAt: 1, expiresAt: 2 })

  test('keeps sets by key, for its owner alone, and leaves nothing else behind', async () => {
    const home = path.join(folder, 'a', 'b')
    const file = path.join(home, 'tokens.json')
    const store = fileTokens(file)
    expect(await store.load('k')).toBeUndefined()
    await Promise.all(Array.from({ length: 20 }, async (_, at) => await store.save(`k${at}`, set(`at-${at}`))))
    await store.save('k1', set('newer'))
    const again = fileTokens(path.relative(process.cwd(), file))
    expect(await again.load('k1')).toEqual(set('newer'))
    expect(await again.load('k19')).toEqual(set('at-19'))
    expect(readdirSync(home)).toEqual(['tokens.json'])
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('a file of somebody else is neither used nor overwritten', async () => {
    const file = path.join(folder, 'notes.txt')
    writeFileSync(file, 'SECRET notes')
    const store = fileTokens(file)
    await expect(store.load('k')).rejects.toThrow(/something else than tokens/)
    await expect(store.save('k', set('x'))).rejects.toThrow(/something else than tokens/)
    expect(readFileSync(file, 'utf8')).toBe('SECRET notes')
    await expect(fileTokens(path.join(folder, 'notes.txt', 'x')).save('k', set('x'))).rejects.toThrow(
      /ENOTDIR|EEXIST|ENOENT/,
    )
  })

  test.each(['', 'a\0b', 5])('%j is no path', (file) => {
    expect(() => fileTokens(file as string)).toThrow(ConfigError)
  })
})
