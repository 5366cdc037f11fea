import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { ConfigError, type Clock } from '@halyard/core'
import { certificatesOf } from './pem.ts'

export interface IdentityMaterial {
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  readonly pfx: Buffer | undefined
  readonly passphrase: string | undefined
}

/**
 * Whether certificate and key can be read, belong together and are good for now. Returns the certificate; that of a PKCS
 * #12 file cannot be looked into.
 * @throws ConfigError that says what is wrong, and nothing of the material
 */
export function checkIdentity(material: IdentityMaterial, clock: Clock, option: string): X509Certificate | undefined {
  const { cert, key, pfx } = material
  if (pfx !== undefined) {
    if (cert !== undefined || key !== undefined) {
      throw new ConfigError({ option, value: 'pfx and cert or key', expected: 'one of the two: pfx, or cert with key' })
    }
    checkPfx(pfx, material.passphrase, option)
    return undefined
  }
  if (cert === undefined && key === undefined) return undefined
  if (key === undefined) {
    throw new ConfigError({ option: `${option}.key`, value: undefined, expected: 'a value, for cert is given' })
  }
  const readKey = privateKey(key, material.passphrase, option)
  // Without a certificate it is never used.
  if (cert === undefined) return undefined
  const [certificate] = certificatesOf(cert, `${option}.cert`)
  if (certificate === undefined) return undefined
  if (!certificate.checkPrivateKey(readKey)) {
    throw new ConfigError({
      option: `${option}.key`,
      value: 'another key',
      expected: 'cert and key that belong together',
    })
  }
  checkValidity(certificate, clock, `${option}.cert`)
  return certificate
}

/** @throws ConfigError for a certificate that no server would take */
function checkValidity(certificate: X509Certificate, clock: Clock, option: string): void {
  const now = clock.date()
  if (Date.parse(certificate.validTo) < now) {
    throw new ConfigError({
      option,
      value: `one that expired on ${certificate.validTo}`,
      expected: 'a certificate that is valid',
    })
  }
}

function privateKey(key: Buffer, passphrase: string | undefined, option: string): KeyObject {
  try {
    return createPrivateKey({
      key,
      format: key[0] === 0x30 ? 'der' : 'pem',
      ...(key[0] === 0x30 && { type: 'pkcs8' as const }),
      ...(passphrase !== undefined && { passphrase }),
    })
  } catch (cause) {
    throw keyFault(cause, key, passphrase, option)
  }
}

function keyFault(cause: unknown, key: Buffer, passphrase: string | undefined, option: string): ConfigError {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(key.toString('latin1'))
  if (!encrypted) {
    return new ConfigError({ option: `${option}.key`, value: codeOf(cause), expected: 'a private key in PEM' })
  }
  return passphrase === undefined ? missingPassphrase(option) : wrongPassphrase(option)
}

function checkPfx(pfx: Buffer, passphrase: string | undefined, option: string): void {
  try {
    createSecureContext(Object.assign(Object.create(null), { pfx, passphrase }))
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : ''
    if (/mac verify failure|bad decrypt|password/i.test(message)) {
      throw passphrase === undefined ? missingPassphrase(option) : wrongPassphrase(option)
    }
    const value = /unsupported/i.test(message) ? 'one that is encrypted in a way OpenSSL has given up' : codeOf(cause)
    throw new ConfigError({ option: `${option}.pfx`, value, expected: 'a certificate and its key as PKCS #12' })
  }
}

function missingPassphrase(option: string): ConfigError {
  return new ConfigError({
    option: `${option}.passphrase`,
    value: undefined,
    expected: 'the passphrase, for the key is encrypted',
  })
}

function wrongPassphrase(option: string): ConfigError {
  return new ConfigError({ option: `${option}.passphrase`, value: 'another', expected: 'the passphrase of the key' })
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'something else'
}
