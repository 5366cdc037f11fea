import type { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type ConnectionOptions, type SecureContextOptions } from 'node:tls'
import { ConfigError, type Clock } from '@halyard/core'
import { isMaterial, tlsDefaults, type CheckedOptions, type TlsMaterial } from '../options/tls-options.ts'
import { checkIdentity } from './client-identity.ts'
import { certificatesOf } from './pem.ts'
import { readMaterial } from './read-material.ts'
import type { Pins } from '../pins/pin-options.ts'

/** Options with their material read and found good: what connections are made with until something changes. */
export interface TlsState {
  /** For Node. The keys are in its secure context alone, where nothing prints them. */
  readonly connection: ConnectionOptions
  /** The client's. */
  readonly certificate: X509Certificate | undefined
  readonly pins: Pins | undefined
  readonly sessionReuse: boolean
  readonly handshakeTimeoutMs: number
}

/**
 * Reads the material and makes one secure context of it, which all connections share.
 * @throws ConfigError for material that cannot be read, is broken or does not belong together; none of it is shown
 */
export function tlsState(own: CheckedOptions, clock: Clock, option: string): TlsState {
  const versions = { minVersion: own.minVersion ?? tlsDefaults.minVersion, maxVersion: own.maxVersion }
  if (versions.maxVersion !== undefined && versions.maxVersion < versions.minVersion) {
    throw new ConfigError({
      option: `${option}.maxVersion`,
      value: versions.maxVersion,
      expected: `at least minVersion (${versions.minVersion})`,
    })
  }
  if (own.serverName !== undefined && !/^[^\s\0]+$/.test(own.serverName)) {
    throw new ConfigError({ option: `${option}.serverName`, value: own.serverName, expected: 'a host name' })
  }
  const identity = {
    cert: own.cert === undefined ? undefined : readMaterial(own.cert, `${option}.cert`),
    key: own.key === undefined ? undefined : readMaterial(own.key, `${option}.key`),
    pfx: own.pfx === undefined ? undefined : readMaterial(own.pfx, `${option}.pfx`),
    passphrase: own.passphrase,
  }
  const certificate = checkIdentity(identity, clock, option)
  const secureContext = contextOf(
    {
      ...versions,
      ...identity,
      ca: trusted(own, option),
      ciphers: joined(own.ciphers),
      ecdhCurve: joined(own.curves),
    },
    option,
  )
  const lax = own.insecure === true
  return {
    connection: Object.freeze(
      Object.assign(Object.create(null), {
        secureContext,
        ...(own.serverName === undefined ? {} : { servername: own.serverName }),
        ...(lax || own.verifyHostname === false ? { checkServerIdentity: () => undefined } : {}),
        ...(lax ? { rejectUnauthorized: false } : {}),
      }),
    ),
    certificate,
    pins: own.pins,
    sessionReuse: own.sessionReuse ?? tlsDefaults.sessionReuse,
    handshakeTimeoutMs: own.handshakeTimeoutMs ?? tlsDefaults.handshakeTimeoutMs,
  }
}

function contextOf(options: SecureContextOptions, option: string): ConnectionOptions['secureContext'] {
  try {
    return createSecureContext(Object.assign(Object.create(null), nothing, options))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    const message = cause instanceof Error ? cause.message : ''
    if (/cipher/i.test(code + message)) {
      throw new ConfigError({
        option: `${option}.ciphers`,
        value: options.ciphers,
        expected: 'names of cipher suites that OpenSSL knows',
      })
    }
    if (/ecdh|curve|group/i.test(code + message)) {
      throw new ConfigError({
        option: `${option}.curves`,
        value: options.ecdhCurve,
        expected: 'names of groups that OpenSSL knows',
      })
    }
    throw new ConfigError({
      option,
      value: code,
      expected: 'certificates and keys that can be read and belong together',
    })
  }
}

/** Own and undefined: what a polluted `Object.prototype` might name. */
const nothing: Readonly<Record<string, undefined>> = {
  allowPartialTrustChain: undefined,
  clientCertEngine: undefined,
  crl: undefined,
  dhparam: undefined,
  ecdhCurve: undefined,
  honorCipherOrder: undefined,
  privateKeyEngine: undefined,
  privateKeyIdentifier: undefined,
  secureOptions: undefined,
  secureProtocol: undefined,
  sessionIdContext: undefined,
  sessionTimeout: undefined,
  sigalgs: undefined,
  ticketKeys: undefined,
}

function trusted(own: CheckedOptions, option: string): (string | Buffer)[] | undefined {
  const ca = own.ca === undefined ? undefined : authorities(own.ca, `${option}.ca`)
  if (own.extraCa === undefined) return ca
  return [...(ca ?? getCACertificates('default')), ...authorities(own.extraCa, `${option}.extraCa`)]
}

function authorities(given: TlsMaterial | readonly TlsMaterial[], option: string): string[] {
  return (isMaterial(given) ? [given] : given).flatMap((one) =>
    certificatesOf(readMaterial(one, option), option).map((certificate) => certificate.toString()),
  )
}

function joined(names: string | readonly string[] | undefined): string | undefined {
  return names === undefined || typeof names === 'string' ? names : names.join(':')
}
