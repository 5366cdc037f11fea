import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { mockTransport, testAuthority } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { ConfigError, createClient } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'

function refusal(base: unknown, config: object = {}): ConfigError {
  const error = thrown(() => createClient(base as string, config))
  if (error instanceof ConfigError) return error
  throw new Error(`not a ConfigError: ${String(error)}`)
}

describe('bases', () => {
  test.each([
    '',
    ' ',
    'ftp://a.test',
    'file:///etc/passwd',
    'ws://a.test',
    'http://',
    'http://a b',
    'http://[::1',
    'http://a.test:99999',
    'a.test:x',
    '://a.test',
    '/path/only',
    '//a.test',
    '\\\\a.test',
    '?a=1',
    '#a',
    'javascript:alert(1)',
  ])('%j is refused', (base) => {
    expect(refusal(base)).toMatchObject({ option: 'base', code: 'config' })
  })

  test.each([5, null, {}, true, [], [5]])('%j is no base', (base) => {
    expect(refusal(base)).toMatchObject({ code: 'config' })
  })

  test.each([
    'http://joe:top-secret@a.test',
    'http://joe@a.test',
    'joe:top-secret@a.test',
    'http://joe:top#secret@a.test',
    'http://joe:top/secret@a.test',
    'http://joe:top?secret@a.test',
    'http://joe:top-secret@a.test:99999',
    'http://joe:top-secret@[::1',
    'ftp://joe:top-secret@a.test',
  ])('%s is refused, and its password not shown', (base) => {
    for (const given of [base, URL.parse(base)]) {
      if (given === null) continue
      const error = refusal(given)
      for (const text of [String(error), inspect(error, { depth: 10 }), JSON.stringify(error)]) {
        expect(text.replace(/at .*\n?/g, '')).not.toMatch(/top|secret|joe/)
      }
    }
  })

  test('a query of the base is not shown', () => {
    expect(String(refusal('http://a b?token=top-secret'))).not.toContain('top-secret')
  })

  test.each([
    ['a.test', {}, 'http://a.test/'],
    ['a.test', { tls: {} }, 'https://a.test/'],
    ['http://a.test', { tls: {} }, 'http://a.test/'],
    ['[::1]:81', {}, 'http://[::1]:81/'],
    ['127.0.0.1:81/x', {}, 'http://127.0.0.1:81/x'],
    ['HTTPS://A.test', {}, 'https://a.test/'],
    ['http://ä.test', {}, 'http://xn--4ca.test/'],
  ])('%s', async (base, config, expected) => {
    const seen: string[] = []
    const api = createClient(base, {
      ...config,
      use: {
        attempt: [
          {
            name: 'spy',
            wrap: () => (request) => {
              seen.push(request.url.href)
              return Promise.reject(new Error('seen'))
            },
          },
        ],
      },
    })
    await api.get('').catch(() => undefined)
    expect(seen).toEqual([expected])
    await api.close()
  })
})

describe('TLS material', () => {
  const notShown = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ', 'PRIVATE KEY']

  test('that is wrong is a ConfigError without the material', async () => {
    const authority = await testAuthority()
    const one = await authority.issue()
    const two = await authority.issue()
    const cases: readonly (readonly [string, object, RegExp])[] = [
      ['a missing file', { key: '/no/such/file.pem' }, /tls\.key.*ENOENT.*\/no\/such\/file\.pem/],
      ['a directory', { ca: ['/'] }, /tls\.ca.*EISDIR/],
      ['no PEM', { ca: one.cert, cert: Buffer.from('hello'), key: one.key }, /tls/],
      [
        'a broken PEM',
        { key: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----' },
        /tls/,
      ],
      [
        'a key without its lines',
        { key: `MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ${'x'.repeat(40)}==` },
        /tls\.key/,
      ],
      ['a key of several lines', { key: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\nMIIE' }, /tls\.key/],
      ['a key of another certificate', { cert: one.cert, key: two.key }, /tls.*belong together/],
      ['no PKCS #12', { pfx: Buffer.from('hello'), passphrase: 'top-secret' }, /tls/],
      ['a cipher that is none', { ciphers: 'NO-SUCH-CIPHER' }, /tls/],
    ]
    for (const [name, tls, expected] of cases) {
      const error = refusal('https://a.test', { tls })
      expect([name, error.message]).toEqual([name, expect.stringMatching(expected)])
      for (const text of [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error)]) {
        for (const secret of [...notShown, 'top-secret']) expect([name, text.includes(secret)]).toEqual([name, false])
      }
    }
  })

  test('an encrypted key wants its passphrase', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right-secret' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    for (const tls of [{ key: privateKey }, { key: privateKey, passphrase: 'wrong-secret' }]) {
      const error = refusal('https://a.test', { tls })
      expect(inspect(error, { depth: 10 })).not.toMatch(/-secret|BEGIN/)
    }
    const api = createClient('https://a.test', { tls: { key: privateKey, passphrase: 'right-secret' } })
    await api.close()
  })

  test('as text, bytes, path and list is taken', async () => {
    const { cert, key } = await (await testAuthority()).issue()
    const directory = mkdtempSync(join(tmpdir(), 'halyard-'))
    writeFileSync(`${directory}/a.pem`, cert)
    expect(readFileSync(`${directory}/a.pem`, 'utf8')).toBe(cert)
    for (const ca of [cert, Buffer.from(cert), `${directory}/a.pem`, [cert, `${directory}/a.pem`]])
      await createClient('a.test', { tls: { ca, cert, key } }).close()
    rmSync(directory, { recursive: true })
  })
})

test('a client never connects when it is made', async () => {
  const transport = mockTransport({})
  await createClient('http://127.0.0.1:1', { transport }).close()
  const api = createClient('http://127.0.0.1:1')
  expect(api.stats()).toEqual({ origins: {}, retry: {} })
  await api.close()
  expect(transport.requests).toEqual([])
})
