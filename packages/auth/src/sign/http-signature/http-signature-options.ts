import type { KeyObject } from 'node:crypto'
import { ConfigError } from '@halyard/core'
import { boolean, guarded, integer, oneOf, optionObject, orFalse, type OptionSpec } from '@halyard/core/options'
import { keySpec, secretText } from '../../jwt/key-options.ts'
import type { Secret } from '../../secret/secret.ts'
import { signingKey, type SigningKey } from '../signing-key.ts'
import type { Structures } from './component-value.ts'
import { identifierOf, readComponent, type Component } from './component.ts'
import { jwtCounterpart, signatureAlgorithms, type SignatureAlgorithm } from './signature-algorithm.ts'
import { isPrintable, type StructuredKind } from './structured-field.ts'

/** How requests are signed by RFC 9421. */
export interface HttpSignatureOptions {
  /** How the server finds the key. */
  readonly keyId: string
  /** For `hmac-sha256` a secret of at least 32 bytes, else a private key. */
  readonly key: SigningKey
  /** Opens an encrypted key. */
  readonly passphrase?: string | Secret | undefined
  readonly algorithm: SignatureAlgorithm
  /**
   * What is signed, in this order: derived components, and fields. `content-digest`, `content-type` and `content-length`
   * are left out of a request without a body; any other that the request does not have is an AuthError.
   * @defaultValue ['@method', '@target-uri', 'content-digest']
   */
  readonly components?: readonly string[] | undefined
  /** The name of the signature in its fields. @defaultValue `sig1` */
  readonly label?: string | undefined
  /** Whether it says when it was made. @defaultValue true */
  readonly created?: boolean | undefined
  /** How long it is good, whole seconds of it. @defaultValue it does not say */
  readonly expiresInMs?: number | undefined
  /** A value that is used once: 128 random bits, or what a function gives. @defaultValue false */
  readonly nonce?: boolean | (() => string) | undefined
  /** What the signature is for. */
  readonly tag?: string | undefined
  /** Whether it names its algorithm, which the key tells mostly. @defaultValue false */
  readonly sendAlgorithm?: boolean | undefined
  /** The `content-digest` (RFC 9530) that bodies in memory get; `false` for none. @defaultValue `sha-256` */
  readonly contentDigest?: 'sha-256' | 'sha-512' | false | undefined
  /** Whether bodies that can be opened again are read once more for their digest. @defaultValue false */
  readonly rereadBodies?: boolean | undefined
  /** Structures of fields that are covered with `sf`, beside well-known ones. @defaultValue {} */
  readonly structuredFields?: Readonly<Record<string, StructuredKind>> | undefined
}

/** Options as checked. */
export interface ResolvedHttpSignature {
  readonly keyId: string
  readonly key: KeyObject
  readonly algorithm: SignatureAlgorithm
  readonly components: readonly Component[]
  readonly label: string
  readonly created: boolean
  readonly expiresInMs: number | undefined
  readonly nonce: boolean | (() => string)
  readonly tag: string | undefined
  readonly sendAlgorithm: boolean
  readonly contentDigest: 'sha-256' | 'sha-512' | false
  readonly rereadBodies: boolean
  readonly structures: Structures
}

const printable = guarded(
  (value): value is string => typeof value === 'string' && value !== '' && isPrintable(value),
  'printable ASCII',
)

const components: OptionSpec<readonly Component[]> = (value, option) => {
  if (!Array.isArray(value)) throw new ConfigError({ option, value, expected: 'a list of components' })
  const list = value.map((one: unknown, index) => readComponent(one, `${option}[${index}]`))
  const names = list.map(identifierOf)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ConfigError({ option, value: twice, expected: 'each component once' })
  return list
}

const isNonce = (value: unknown): value is boolean | (() => string) =>
  typeof value === 'boolean' || typeof value === 'function'

const structure = oneOf('item', 'list', 'dictionary')

const structures: OptionSpec<Structures> = (value, option) => {
  if (Object.prototype.toString.call(value) !== '[object Object]' || typeof value !== 'object' || value === null) {
    throw new ConfigError({ option, value, expected: 'an object' })
  }
  const own: Record<string, StructuredKind> = Object.create(null)
  for (const [name, kind] of Object.entries(value)) own[name.toLowerCase()] = structure(kind, `${option}.${name}`)
  return own
}

const spec = optionObject({
  keyId: printable,
  key: keySpec,
  passphrase: secretText,
  algorithm: oneOf(...signatureAlgorithms),
  components,
  label: guarded(
    (value): value is string => typeof value === 'string' && /^[a-z*][a-z0-9_.*-]*$/.test(value),
    'a key of small letters, digits and _-.*',
  ),
  created: boolean,
  expiresInMs: integer({ min: 1000 }),
  nonce: guarded(isNonce, 'true, false or a function'),
  tag: printable,
  sendAlgorithm: boolean,
  contentDigest: orFalse(oneOf('sha-256', 'sha-512')),
  rereadBodies: boolean,
  structuredFields: structures,
})

const usual: readonly string[] = ['@method', '@target-uri', 'content-digest']

/** @throws ConfigError */
export function resolveHttpSignature(options: unknown): ResolvedHttpSignature {
  const own = spec(options, 'httpSignature')
  const { keyId, key, algorithm } = own
  for (const [name, value] of Object.entries({ keyId, key, algorithm })) {
    if (value !== undefined) continue
    throw new ConfigError({ option: `httpSignature.${name}`, value, expected: 'a value' })
  }
  if (keyId === undefined || key === undefined || algorithm === undefined) throw new TypeError('unreachable')
  if (own.expiresInMs !== undefined && own.created === false) {
    throw new ConfigError({ option: 'httpSignature.expiresInMs', value: own.expiresInMs, expected: 'created, too' })
  }
  return {
    keyId,
    key: signingKey(key, jwtCounterpart(algorithm), algorithm, own.passphrase, 'httpSignature.key'),
    algorithm,
    components: own.components ?? components(usual, 'httpSignature.components'),
    label: own.label ?? 'sig1',
    created: own.created ?? true,
    expiresInMs: own.expiresInMs,
    nonce: own.nonce ?? false,
    tag: own.tag,
    sendAlgorithm: own.sendAlgorithm ?? false,
    contentDigest: own.contentDigest ?? 'sha-256',
    rereadBodies: own.rereadBodies ?? false,
    structures: own.structuredFields ?? Object.create(null),
  }
}
