import type { KeyObject } from 'node:crypto'

/** What a JWT may be signed by (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864). `none` is not among them. */
export type JwtAlgorithm = (typeof jwtAlgorithms)[number]

export const jwtAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'HS256',
  'HS384',
  'HS512',
  'EdDSA',
  'Ed25519',
] as const

/** RFC 7518 §3.3 and §3.5. */
const leastModulusBits = 2048

const curves: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' }

const hashes: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' }

/** A symmetric key: the same bytes sign and verify. */
export function isSymmetric(algorithm: JwtAlgorithm): boolean {
  return algorithm.startsWith('HS')
}

/** What a key has to be for this algorithm, in words for messages. */
export function neededKey(algorithm: JwtAlgorithm): string {
  const size = Number(algorithm.slice(2))
  switch (algorithm.slice(0, 2)) {
    case 'HS':
      return `a secret of at least ${size / 8} bytes`
    case 'ES':
      return `a private EC key on the curve P-${size === 512 ? 521 : size}`
    case 'Ed':
      return 'a private Ed25519 key'
    default:
      return `a private RSA key of at least ${leastModulusBits} bits`
  }
}

/** Whether `key` is of the kind that `algorithm` signs by, and strong enough. */
export function fits(key: KeyObject, algorithm: JwtAlgorithm): boolean {
  const size = algorithm.slice(2)
  switch (algorithm.slice(0, 2)) {
    case 'HS':
      return key.type === 'secret' && (key.symmetricKeySize ?? 0) >= Number(size) / 8
    case 'ES':
      return (
        isPrivate(key) && key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curves[algorithm]
      )
    case 'Ed':
      return isPrivate(key) && key.asymmetricKeyType === 'ed25519'
    case 'PS':
      return isPrivate(key) && isRsa(key) && (key.asymmetricKeyType === 'rsa' || isPssFor(key, hashes[size]))
    default:
      return isPrivate(key) && isRsa(key) && key.asymmetricKeyType === 'rsa'
  }
}

function isPrivate(key: KeyObject): boolean {
  return key.type === 'private'
}

function isRsa(key: KeyObject): boolean {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= leastModulusBits
}

/** A key of RSASSA-PSS may be bound to one hash. */
function isPssFor(key: KeyObject, hash: string | undefined): boolean {
  const bound = key.asymmetricKeyDetails?.hashAlgorithm
  return key.asymmetricKeyType === 'rsa-pss' && (bound === undefined || bound === hash)
}
