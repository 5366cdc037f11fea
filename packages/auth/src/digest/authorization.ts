import type { Credentials } from '../basic/credentials.ts'
import type { DigestOffer } from './offer.ts'
import { digestResponse, hashedName } from './response.ts'

/** What differs from request to request. */
export interface DigestUse {
  readonly method: string
  readonly uri: string
  readonly nonce: string
  readonly nc: string
  readonly cnonce: string
  /** H(entity-body): the request is answered with `auth-int`. */
  readonly bodyHash: string | undefined
}

/** The value of `authorization` (RFC 7616 §3.4). */
export function digestAuthorization(offer: DigestOffer, credentials: Credentials, use: DigestUse): string {
  const { algorithm, realm, opaque, userhash } = offer
  const { method, uri, nonce, nc, cnonce, bodyHash } = use
  const name = bodyHash === undefined ? 'auth' : 'auth-int'
  const qop = offer.qop === undefined ? undefined : ({ name, nc, cnonce } as const)
  const key = { algorithm, credentials, realm, firstNonce: offer.nonce }
  const response = digestResponse({ ...key, nonce, method, uri, qop, bodyHash })
  const parts = [
    userhash ? `username=${quoted(hashedName(algorithm, credentials, realm))}` : namePart(credentials),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `algorithm=${algorithm}`,
    `response=${quoted(response)}`,
    ...(qop === undefined ? [] : [`qop=${name}`, `nc=${nc}`, `cnonce=${quoted(cnonce)}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(userhash ? ['userhash=true'] : []),
  ]
  return `Digest ${parts.join(', ')}`
}

/** RFC 7616 §3.4: a name that fits into no quoted text goes as RFC 8187 says. */
function namePart({ username }: Credentials): string {
  if (/^[\x20-\x7e]*$/.test(username)) return `username=${quoted(username)}`
  return `username*=UTF-8''${encodeURIComponent(username).replace(/['()*]/g, escaped)}`
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
