import { KeyObject } from 'node:crypto'
import { ConfigError } from '@halyard/core'
import type { OptionSpec } from '@halyard/core/options'
import { Secret } from '../secret/secret.ts'
import { fits, isSymmetric, neededKey, type JwtAlgorithm } from './algorithm.ts'
import type { JwtKey } from './jwt-key.ts'
import { privateKeyOf, secretKeyOf } from './key-material.ts'

const isKey = (value: unknown): value is JwtKey =>
  typeof value === 'string' ||
  value instanceof Uint8Array ||
  value instanceof KeyObject ||
  value instanceof Secret ||
  (typeof value === 'object' && value !== null && Object.hasOwn(value, 'kty'))

/** A key, of whatever kind; a value that is none is not shown. */
export const keySpec: OptionSpec<JwtKey> = (value, option) => {
  if (isKey(value)) return value
  throw new ConfigError({
    option,
    value: kindOf(value),
    expected: 'PEM text, a path, bytes, a JWK, a KeyObject or a secret',
  })
}

/** Text that must not be shown, as a `Secret` or as it is. */
export const secretText: OptionSpec<Secret> = (value, option) => {
  if (value instanceof Secret) return value
  if (typeof value === 'string' && value !== '') return new Secret(value)
  throw new ConfigError({ option, value: kindOf(value), expected: 'text that is not empty' })
}

/**
 * The key to sign with.
 * @throws ConfigError where it cannot be read, or is not of the kind that the algorithm needs; without key material.
 */
export function resolveKey(
  given: JwtKey,
  algorithm: JwtAlgorithm,
  passphrase: Secret | undefined,
  option: string,
): KeyObject {
  const key = isSymmetric(algorithm) ? secretKeyOf(given, option) : privateKeyOf(given, passphrase, option)
  if (fits(key, algorithm)) return key
  throw new ConfigError({ option, value: describe(key), expected: `${neededKey(algorithm)} for ${algorithm}` })
}

function describe(key: KeyObject): string {
  if (key.type === 'secret') return `a secret of ${key.symmetricKeySize ?? 0} bytes`
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  const size =
    modulusLength === undefined ? (namedCurve === undefined ? '' : `, ${namedCurve}`) : `, ${modulusLength} bits`
  return `a ${key.type} key of type ${key.asymmetricKeyType ?? 'unknown'}${size}`
}

function kindOf(value: unknown): string {
  return value === '' ? 'empty text' : value === null ? 'null' : typeof value
}
