import { createHash } from 'node:crypto'

/** The hash functions of RFC 7616 §3.3, each also as a session of its own. */
export type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess'

/** Strongest first. */
export const digestAlgorithms: readonly DigestAlgorithm[] = [
  'SHA-512-256',
  'SHA-512-256-sess',
  'SHA-256',
  'SHA-256-sess',
  'MD5',
  'MD5-sess',
]

/** As a challenge names it; none is MD5. `undefined` for one that is not known. */
export function algorithmOf(name: string | undefined): DigestAlgorithm | undefined {
  const wanted = (name ?? 'MD5').toLowerCase()
  return digestAlgorithms.find((one) => one.toLowerCase() === wanted)
}

export function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith('-sess')
}

/** In hexadecimal digits; text as UTF-8. */
export type Hash = (text: string | Uint8Array) => string

/** As Node calls it. */
export function hashName(algorithm: DigestAlgorithm): string {
  if (algorithm.startsWith('MD5')) return 'md5'
  return algorithm.startsWith('SHA-256') ? 'sha256' : 'sha512-256'
}

export function hashOf(algorithm: DigestAlgorithm): Hash {
  const name = hashName(algorithm)
  return (text) => createHash(name).update(text).digest('hex')
}
