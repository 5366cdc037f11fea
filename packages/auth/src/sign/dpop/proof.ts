import { createHash, randomUUID, type KeyObject } from 'node:crypto'
import { signBytes } from '../http-signature/signature-algorithm.ts'
import type { DpopAlgorithm } from './dpop-options.ts'
import type { PublicJwk } from './proof-key.ts'

/** What a proof is made with, and what it shows. */
export interface ProofKey {
  readonly key: KeyObject
  readonly algorithm: DpopAlgorithm
  readonly jwk: PublicJwk
}

/** What one proof says. */
export interface ProofFacts {
  readonly method: string
  /** Without query and fragment. */
  readonly url: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly accessToken: string | undefined
  readonly nonce: string | undefined
}

/** A DPoP proof (RFC 9449 §4.2), which is a JWT that is used once. */
export function makeProof({ key, algorithm, jwk }: ProofKey, facts: ProofFacts): string {
  const { method, url, at, accessToken, nonce } = facts
  const header = { typ: 'dpop+jwt', alg: algorithm, jwk }
  const payload = {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(at / 1000),
    ...(accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') }),
    ...(nonce === undefined ? {} : { nonce }),
  }
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${signBytes(Buffer.from(signed), key, algorithm).toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
