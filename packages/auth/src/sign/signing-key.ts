import { ConfigError } from '@halyard/core'
import type { KeyObject } from 'node:crypto'
import { fits, isSymmetric, neededKey, type JwtAlgorithm } from '../jwt/algorithm.ts'
import type { JwtKey } from '../jwt/jwt-key.ts'
import { privateKeyOf, secretKeyOf } from '../jwt/key-material.ts'
import type { Secret } from '../secret/secret.ts'

/** What signs: for HMAC a secret, else a private key as PEM, path, bytes, JWK or `KeyObject`. */
export type SigningKey = JwtKey

/**
 * The key to sign with; `name` is what the algorithm is called where it was chosen.
 * @throws ConfigError where it cannot be read, or is of another kind; without key material
 */
export function signingKey(
  given: SigningKey,
  algorithm: JwtAlgorithm,
  name: string,
  passphrase: Secret | undefined,
  option: string,
): KeyObject {
  const key = isSymmetric(algorithm) ? secretKeyOf(given, option) : privateKeyOf(given, passphrase, option)
  if (fits(key, algorithm)) return key
  const kind = key.type === 'secret' ? 'a secret' : `a ${key.type} key of type ${key.asymmetricKeyType ?? 'unknown'}`
  throw new ConfigError({ option, value: kind, expected: `${neededKey(algorithm)} for ${name}` })
}
