import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { bareOptions } from '../bare-options.ts'
import type { DpopAlgorithm } from './dpop-options.ts'

/** What a proof shows of its key: the public members alone, in the order of RFC 7638 §3.2. */
export type PublicJwk = Readonly<Record<string, string>>

const members: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
  OKP: ['crv', 'kty', 'x'],
}

/** A new private key of the kind that an algorithm needs. */
export function generateKey(algorithm: DpopAlgorithm): KeyObject {
  if (algorithm.startsWith('E') && algorithm !== 'ES256' && algorithm !== 'ES384') {
    return generateKeyPairSync('ed25519', bareOptions({})).privateKey
  }
  if (algorithm.startsWith('ES')) {
    return generateKeyPairSync('ec', bareOptions({ namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })).privateKey
  }
  return generateKeyPairSync('rsa', bareOptions({ modulusLength: 2048 })).privateKey
}

export function publicJwk(key: KeyObject): PublicJwk {
  return requiredMembers(createPublicKey(key).export(bareOptions({ format: 'jwk' })))
}

function requiredMembers(jwk: JsonWebKey): PublicJwk {
  const own: Record<string, string> = Object.create(null)
  for (const name of members[jwk.kty ?? ''] ?? []) {
    const value: unknown = jwk[name]
    if (typeof value === 'string') own[name] = value
  }
  return own
}

/** The thumbprint of a key (RFC 7638), by SHA-256. */
export function thumbprint(jwk: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
}
