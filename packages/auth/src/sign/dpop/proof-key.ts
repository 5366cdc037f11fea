import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { ConfigError } from '@halyard/core'
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
  if (algorithm.startsWith('Ed')) return generateKeyPairSync('ed25519', bareOptions({})).privateKey
  if (algorithm.startsWith('ES')) {
    return generateKeyPairSync('ec', bareOptions({ namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })).privateKey
  }
  return generateKeyPairSync('rsa', bareOptions({ modulusLength: 2048 })).privateKey
}

/** @throws ConfigError for a key that has no form as a JWK: one that is bound to RSASSA-PSS by its type */
export function publicJwk(key: KeyObject, option: string): PublicJwk {
  const kind = key.asymmetricKeyType ?? ''
  if (kind === 'rsa-pss')
    throw new ConfigError({ option, value: `a key of type ${kind}`, expected: 'a key of type rsa' })
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
