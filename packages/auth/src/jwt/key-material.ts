import { createPrivateKey, createSecretKey, KeyObject, type JsonWebKey, type PrivateKeyInput } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from '@halyard/core'
import { Secret } from '../secret/secret.ts'
import type { JwtKey, JwtWebKey } from './jwt-key.ts'
import { shroudedKeyOf } from './pkcs12.ts'

const pemMark = '-----BEGIN'

/** @throws ConfigError for what is no secret; a PEM among them, for a public key must never become a secret. */
export function secretKeyOf(given: JwtKey, option: string): KeyObject {
  const key = given instanceof Secret ? given.reveal() : given
  if (key instanceof KeyObject) return key
  if (typeof key === 'string') return secretOf(Buffer.from(key), option)
  if (key instanceof Uint8Array) return secretOf(key, option)
  const { kty, k } = key
  if (kty !== 'oct' || typeof k !== 'string' || !/^[\w-]+$/.test(k)) {
    throw new ConfigError({ option, value: 'a JWK of another kind', expected: "a JWK of type 'oct'" })
  }
  return secretOf(Buffer.from(k, 'base64url'), option)
}

function secretOf(bytes: Uint8Array, option: string): KeyObject {
  if (isPem(bytes)) throw new ConfigError({ option, value: 'a PEM', expected: 'a secret, and no key of another kind' })
  if (bytes.byteLength === 0) throw new ConfigError({ option, value: 'nothing', expected: 'a secret' })
  return createSecretKey(bytes)
}

/** @throws ConfigError for what is no private key, or is locked by another passphrase. */
export function privateKeyOf(given: JwtKey, passphrase: Secret | undefined, option: string): KeyObject {
  const key = given instanceof Secret ? given.reveal() : given
  if (key instanceof KeyObject) return key
  if (typeof key === 'string') {
    return key.includes(pemMark)
      ? keyInBytes(Buffer.from(key), passphrase, option)
      : keyInBytes(readKey(key, option), passphrase, option)
  }
  return key instanceof Uint8Array ? keyInBytes(key, passphrase, option) : keyInJwk(key, option)
}

function readKey(path: string, option: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    // What is no path may be a key that was pasted without its frame: it is not shown.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new ConfigError({ option, value: `text that is no PEM and no file (${code})`, expected: 'a private key' })
  }
}

function keyInJwk(jwk: JwtWebKey, option: string): KeyObject {
  try {
    return createPrivateKey({ key: ownMembers(jwk), format: 'jwk' })
  } catch {
    throw new ConfigError({ option, value: 'a JWK that cannot be read as one', expected: 'a private key' })
  }
}

function ownMembers(jwk: JwtWebKey): JsonWebKey {
  const own: JsonWebKey = Object.create(null)
  for (const [name, value] of Object.entries(jwk)) own[name] = value
  return own
}

function keyInBytes(bytes: Uint8Array, passphrase: Secret | undefined, option: string): KeyObject {
  // Without a prototype: whatever pollutes that of all objects opens no key.
  const input: PrivateKeyInput = Object.create(null)
  if (passphrase !== undefined) input.passphrase = passphrase.reveal()
  if (isPem(bytes)) {
    input.key = Buffer.from(bytes)
    input.format = 'pem'
  } else {
    // Node has no reader for PKCS#12, but OpenSSL opens the encrypted key that lies inside.
    input.key = Buffer.from(shroudedKeyOf(bytes) ?? bytes)
    input.format = 'der'
    input.type = 'pkcs8'
  }
  try {
    return createPrivateKey(input)
  } catch (error) {
    throw new ConfigError({ option, value: whyNot(error), expected: 'a private key, and the passphrase that opens it' })
  }
}

/** OpenSSL's own words say nothing of the key; its code is enough. */
function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ERR_MISSING_PASSPHRASE' || /INTERRUPTED|PASSPHRASE|PASSWORD/.test(code))
    return 'a locked key without a passphrase'
  if (/BAD_DECRYPT|CIPHERFINAL|DECRYPT/i.test(code)) return 'a locked key with another passphrase'
  return 'bytes that cannot be read as one'
}

function isPem(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(pemMark)
}
