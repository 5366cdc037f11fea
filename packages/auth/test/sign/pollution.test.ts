import { createPrivateKey, createPublicKey } from 'node:crypto'
import { newCall } from '@halyard/core'
import { decodeProtectedHeader, jwtVerify, EmbeddedJWK } from 'jose'
import { expect, test } from 'vitest'
import { dpop, httpSignature, type DpopAlgorithm, type DpopProvider } from '../../src/sign/index.ts'
import { createdAt, p256Key, rsaPssKey, testRequest } from './rfc9421-vectors.ts'
import { at } from './still-clock.ts'
import { verifies } from './verify-signature.ts'

const runtime = at(createdAt * 1000)

/** What could change keys, signatures and options, if anybody asked for what is inherited. */
const evil: Record<string, unknown> = {
  dsaEncoding: 'der',
  padding: 1,
  saltLength: 0,
  type: 'pkcs1',
  format: 'pem',
  passphrase: 'evil',
  publicExponent: 3,
  paramEncoding: 'explicit',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  nonce: 'evil',
  accessToken: 'evil',
  tag: 'evil',
  label: 'evil',
  generate: false,
  structuredFields: { date: 'list' },
  contentDigest: 'sha-512',
}

async function polluted<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    for (const [name, value] of Object.entries(evil)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
    }
    return await work()
  } finally {
    for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
  }
}

test.each([
  ['ecdsa-p256-sha256', p256Key],
  ['rsa-pss-sha512', rsaPssKey],
] as const)('a polluted prototype changes no message signature (%s)', async (algorithm, key) => {
  const options = { keyId: 'k', key, algorithm, components: ['@method', 'date', 'content-digest'] } as const
  const clean = await httpSignature(options).apply(testRequest, newCall(), runtime)
  const done = await polluted(() => httpSignature(options).apply(testRequest, newCall(), runtime))
  expect(done.headers.get('signature-input')).toBe(clean.headers.get('signature-input'))
  const base = [
    '"@method": POST',
    `"date": ${testRequest.headers.get('date')}`,
    `"content-digest": ${clean.headers.get('content-digest')}`,
    `"@signature-params": ${clean.headers.get('signature-input')?.replace('sig1=', '')}`,
  ].join('\n')
  const signature = done.headers.get('signature')?.slice('sig1=:'.length, -1) ?? ''
  expect(verifies(base, signature, createPublicKey(createPrivateKey(key)), algorithm)).toBe(true)
})

test.each<DpopAlgorithm>(['ES256', 'EdDSA', 'RS256'])('nor keys and proofs (%s)', async (algorithm) => {
  const [provider, proof] = await polluted((): [DpopProvider, string] => {
    const made = dpop({ generate: true, algorithm })
    return [made, made.proof('GET', 'https://a.test/', { clock: runtime })]
  })
  const header = decodeProtectedHeader(proof)
  expect(Object.keys(header)).toEqual(['typ', 'alg', 'jwk'])
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { currentDate: new Date(createdAt * 1000) })
  expect(Object.keys(payload)).toEqual(['jti', 'htm', 'htu', 'iat'])
  expect(provider.thumbprint).toMatch(/^[\w-]{43}$/)
})
