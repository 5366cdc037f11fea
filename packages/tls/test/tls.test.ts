import { certificateAuthority } from '@halyard/testing'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { ConfigError } from '@halyard/core'
import { expect, test } from 'vitest'
import { tls, type TlsOptions } from '../src/index.ts'

const authority = await certificateAuthority()
const me = await authority.issue({ usages: 'client' })
const other = await authority.issue({ usages: 'client' })
const expired = await authority.issue({ notBefore: new Date(0), notAfter: new Date(1_000_000_000) })
const encrypted = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2-secret' },
}).privateKey

function refusal(options: TlsOptions): ConfigError {
  try {
    tls(options)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('it was taken')
}

test.each<readonly [string, TlsOptions, string, RegExp]>([
  ['a file that is not there', { ca: '/nowhere/ca.pem' }, 'tls.ca', /ENOENT/],
  ['a blank path', { cert: '  ', key: me.key }, 'tls.cert', /blank/],
  ['an authority that is no certificate', { ca: me.key }, 'tls.ca', /no certificate/],
  [
    'a certificate that is broken',
    { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
    'tls.ca',
    /cannot be read/,
  ],
  ['a certificate without its key', { cert: me.cert }, 'tls.key', /cert is given/],
  ['a key that does not fit', { cert: me.cert, key: other.key }, 'tls.key', /belong together/],
  ['a key that is none', { cert: me.cert, key: me.cert }, 'tls.key', /private key/],
  ['no passphrase', { cert: me.cert, key: encrypted }, 'tls.passphrase', /encrypted/],
  ['a wrong passphrase', { cert: me.cert, key: encrypted, passphrase: 'guess-secret' }, 'tls.passphrase', /another/],
  ['an expired certificate', { cert: expired.cert, key: expired.key }, 'tls.cert', /expired on/],
  ['PKCS #12 that is none', { pfx: Buffer.from('nonsense-secret') }, 'tls.pfx', /PKCS #12/],
  ['versions the wrong way round', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, 'tls.maxVersion', /minVersion/],
  ['unknown ciphers', { ciphers: ['NOPE'] }, 'tls.ciphers', /OpenSSL knows/],
  ['unknown curves', { curves: 'NOPE' }, 'tls.curves', /OpenSSL knows/],
  ['no pins', { pins: [] }, 'tls.pins', /at least one/],
  ['a pin that is none', { pins: ['sha256/short'] }, 'tls.pins[0]', /44 characters/],
])('refused with the reason: %s', (_what, options, option, reason) => {
  const error = refusal(options)
  expect(error.option).toBe(option)
  expect(error.message).toMatch(reason)
  const shown = inspect(error, { depth: 9 }) + JSON.stringify(error)
  for (const secret of ['-secret', 'PRIVATE KEY', me.key.slice(40, 80)]) expect(shown).not.toContain(secret)
})

test('the same options object until something changes; equal options change nothing', () => {
  let options: TlsOptions = { ca: authority.cert }
  const source = tls(() => ({ ...options }))
  const first = source.current()
  expect(source.current()).toBe(first)
  options = { ca: authority.cert, cert: me.cert, key: me.key }
  const second = source.current()
  expect(second).not.toBe(first)
  options = { ca: 'no such file' }
  expect(source.current()).toBe(second)
})

test('keys are not in what Node is given, as far as it prints', () => {
  const source = tls({ ca: authority.cert, cert: me.cert, key: me.key })
  expect(inspect([source, source.current()], { depth: 9, showHidden: true })).not.toContain(me.key.slice(40, 80))
})

test('material by path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-'))
  for (const [name, text] of Object.entries({ ca: authority.cert, cert: me.cert, key: me.key }))
    writeFileSync(join(folder, name), text)
  expect(() => tls({ ca: join(folder, 'ca'), cert: join(folder, 'cert'), key: join(folder, 'key') })).not.toThrow()
  rmSync(folder, { recursive: true })
})
