import type { Credentials } from '../basic/credentials.ts'
import { hashOf, isSession, type DigestAlgorithm } from './algorithm.ts'

/** What the response of Digest is made of (RFC 7616 §3.4.1). */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm
  readonly credentials: Credentials
  readonly realm: string
  readonly nonce: string
  /** The nonce that the session began with, for the key of a session. */
  readonly firstNonce: string
  readonly method: string
  readonly uri: string
  /** `undefined`: as RFC 2069 did. */
  readonly qop: { readonly name: 'auth' | 'auth-int'; readonly nc: string; readonly cnonce: string } | undefined
  /** H(entity-body), with `auth-int`. */
  readonly bodyHash: string | undefined
}

export function digestResponse(input: DigestInput): string {
  const { algorithm, credentials, realm, nonce, firstNonce, method, uri, qop } = input
  const hash = hashOf(algorithm)
  const secret = hash(Buffer.concat([nameIn(realm, credentials), Buffer.from(`:${credentials.password}`)]))
  const a1 = isSession(algorithm) ? hash(`${secret}:${firstNonce}:${qop?.cnonce ?? ''}`) : secret
  const a2 = hash(qop?.name === 'auth-int' ? `${method}:${uri}:${input.bodyHash ?? ''}` : `${method}:${uri}`)
  if (qop === undefined) return hash(`${a1}:${nonce}:${a2}`)
  return hash(`${a1}:${nonce}:${qop.nc}:${qop.cnonce}:${qop.name}:${a2}`)
}

/** RFC 7616 §3.4.4. */
export function hashedName(algorithm: DigestAlgorithm, credentials: Credentials, realm: string): string {
  return hashOf(algorithm)(nameIn(realm, credentials))
}

/** User name and realm: the name in UTF-8, the realm in the bytes that the server sent. */
function nameIn(realm: string, { username }: Credentials): Buffer {
  return Buffer.concat([Buffer.from(`${username}:`), Buffer.from(realm, 'latin1')])
}
