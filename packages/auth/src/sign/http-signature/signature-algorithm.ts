import { constants, createHmac, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import type { JwtAlgorithm } from '../../jwt/algorithm.ts'
import { bareOptions } from '../bare-options.ts'

export const signatureAlgorithms = [
  'rsa-pss-sha512',
  'rsa-v1_5-sha256',
  'hmac-sha256',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'ed25519',
] as const

/** The algorithms of RFC 9421 §3.3. */
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/** What a key has to be is said as for JWTs, whose algorithms are the same. */
const counterparts: Readonly<Record<SignatureAlgorithm, JwtAlgorithm>> = {
  'rsa-pss-sha512': 'PS512',
  'rsa-v1_5-sha256': 'RS256',
  'hmac-sha256': 'HS256',
  'ecdsa-p256-sha256': 'ES256',
  'ecdsa-p384-sha384': 'ES384',
  ed25519: 'Ed25519',
}

export function jwtCounterpart(algorithm: SignatureAlgorithm): JwtAlgorithm {
  return counterparts[algorithm]
}

/** Signs as JWTs are signed (RFC 7518 §3), and HTTP messages alike. */
export function signBytes(bytes: Uint8Array, key: KeyObject, algorithm: JwtAlgorithm): Buffer {
  const size = algorithm.slice(2)
  if (algorithm.startsWith('HS')) return createHmac(`sha${size}`, key).update(bytes).digest()
  if (algorithm.startsWith('Ed')) return sign(null, bytes, key)
  const input: SignKeyObjectInput = bareOptions({ key })
  if (algorithm.startsWith('ES')) input.dsaEncoding = 'ieee-p1363'
  else if (algorithm.startsWith('PS')) {
    input.padding = constants.RSA_PKCS1_PSS_PADDING
    input.saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  } else input.padding = constants.RSA_PKCS1_PADDING
  return sign(`sha${size}`, bytes, input)
}
