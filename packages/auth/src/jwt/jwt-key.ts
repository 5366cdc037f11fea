import type { KeyObject } from 'node:crypto'
import type { Secret } from '../secret/secret.ts'

/** A JSON Web Key (RFC 7517); its members beyond `kty` depend on that. */
export interface JwtWebKey {
  readonly kty: string
  readonly [member: string]: unknown
}

/**
 * What signs. For `HS…` a secret: text, bytes, a JWK of type `oct` or a secret `KeyObject`. For the others a private key:
 * the text of a PEM, the path of a file, the bytes of one (PEM, DER as PKCS#8, or PKCS#12), a JWK or a private `KeyObject`.
 */
export type JwtKey = string | Uint8Array | JwtWebKey | KeyObject | Secret
