import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { httpRequest, newCall, noHeaders } from '@halyard/core'
import { fakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { jwt } from '../../src/jwt/index.ts'
import { shroudedKeyOf } from '../../src/jwt/pkcs12.ts'
import { keyStores } from './key-stores.ts'

const request = httpRequest({
  method: 'GET',
  origin: 'https://api.example',
  path: '/',
  headers: noHeaders,
  body: undefined,
})

describe.each(Object.entries(keyStores))('%s', (name, base64) => {
  const bytes = Buffer.from(base64, 'base64')

  test('signs, from bytes and from a file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'halyard-p12-'))
    try {
      const file = path.join(folder, 'key.p12')
      writeFileSync(file, bytes)
      for (const key of [bytes, file]) {
        const provider = jwt({ key, passphrase: 'open sesame', algorithm: 'ES256' })
        const { headers } = await provider.apply(request, newCall(), fakeRuntime())
        expect(decodeProtectedHeader(headers.get('authorization')?.slice(7) ?? '').alg).toBe('ES256')
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.skipIf(name === 'key in clear')('another passphrase, or none, is refused', () => {
    expect(() => jwt({ key: bytes, passphrase: 'open barley', algorithm: 'ES256' })).toThrow(/jwt\.key: expected/)
    expect(() => jwt({ key: bytes, algorithm: 'ES256' })).toThrow(/jwt\.key: expected/)
  })

  test('cut short or changed anywhere, it is a ConfigError or still a key', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const broken = cut ? bytes.subarray(0, at) : Buffer.from(bytes).fill(value, at, at + 1)
        const key = shroudedKeyOf(broken)
        expect(key === undefined || key.byteLength <= bytes.length).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

test('arbitrary bytes are no key store', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(shroudedKeyOf(bytes)?.byteLength ?? 0).toBeLessThan(200)
    }),
  )
})
