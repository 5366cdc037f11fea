import type { KeyObject } from 'node:crypto'
import { ConfigError } from '@halyard/core'
import { boolean, oneOf, optionObject } from '@halyard/core/options'
import { keySpec, secretText } from '../../jwt/key-options.ts'
import type { AuthProvider } from '../../provider/auth-provider.ts'
import type { SecretSource } from '../../secret/secret-value.ts'
import { Secret } from '../../secret/secret.ts'
import { signingKey, type SigningKey } from '../signing-key.ts'
import { generateKey } from './proof-key.ts'

const dpopAlgorithms = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'RS256', 'PS256'] as const

/** What a proof may be signed by: RFC 9449 §4.2 asks for an asymmetric algorithm. */
export type DpopAlgorithm = (typeof dpopAlgorithms)[number]

export interface DpopOptions {
  /** The private key that tokens are bound to. This or `generate`. */
  readonly key?: SigningKey | undefined
  /** Opens an encrypted key. */
  readonly passphrase?: string | Secret | undefined
  /** Makes a new key, which lives as long as the provider. @defaultValue false */
  readonly generate?: boolean | undefined
  /** @defaultValue `ES256` */
  readonly algorithm?: DpopAlgorithm | undefined
  /**
   * The access token that is bound to the key: a value, a function that is asked for each attempt, or a provider that
   * sends one, such as `oauth2.…`, whose renewals go on. Without it proofs go alone.
   */
  readonly token?: SecretSource | AuthProvider | undefined
}

/** Options as checked. */
export interface ResolvedDpop {
  readonly key: KeyObject
  readonly algorithm: DpopAlgorithm
  readonly token: SecretSource | AuthProvider | undefined
}

/** Whether the token comes by another provider. */
export function isProvider(value: unknown): value is AuthProvider {
  return typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function'
}

const isToken = (value: unknown): value is SecretSource | AuthProvider =>
  typeof value === 'string' || typeof value === 'function' || value instanceof Secret || isProvider(value)

const spec = optionObject({
  key: keySpec,
  passphrase: secretText,
  generate: boolean,
  algorithm: oneOf(...dpopAlgorithms),
  // Not shown where it is none: it may be a secret that went astray.
  token: (value: unknown, option) => {
    if (isToken(value)) return value
    throw new ConfigError({ option, value: typeof value, expected: 'a token, a function or a provider' })
  },
})

/** @throws ConfigError */
export function resolveDpop(options: unknown): ResolvedDpop {
  const { key, passphrase, generate = false, algorithm = 'ES256', token } = spec(options, 'dpop')
  if ((key === undefined) !== generate) {
    throw new ConfigError({ option: 'dpop', value: options, expected: 'either `key`, or `generate: true`' })
  }
  return {
    key: key === undefined ? generateKey(algorithm) : signingKey(key, algorithm, algorithm, passphrase, 'dpop.key'),
    algorithm,
    token,
  }
}
