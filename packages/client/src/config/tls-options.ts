import { readFileSync } from 'node:fs'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import { ConfigError } from '@halyard/core'
import { boolean, guarded, oneOf, optionObject, string, type Given, type OptionSpec } from '@halyard/core/options'

/** A path, PEM text or bytes. */
export type TlsMaterial = string | Uint8Array

export interface TlsOptions {
  /** Trusted instead of the system's roots. */
  readonly ca?: TlsMaterial | readonly TlsMaterial[] | undefined
  /** The client's certificate, for mutual TLS. */
  readonly cert?: TlsMaterial | undefined
  readonly key?: TlsMaterial | undefined
  /** Of `key` or `pfx`. */
  readonly passphrase?: string | undefined
  /** Certificate and key as PKCS #12. */
  readonly pfx?: TlsMaterial | undefined
  /** @defaultValue 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  readonly ciphers?: string | undefined
  /** The name sent (SNI) and verified. @defaultValue the host */
  readonly serverName?: string | undefined
  /** @defaultValue true */
  readonly verifyHostname?: boolean | undefined
  /** Accepts any certificate. For tests. @defaultValue false */
  readonly insecure?: boolean | undefined
}

const isMaterial = (value: unknown): value is TlsMaterial => typeof value === 'string' || value instanceof Uint8Array
const isMaterialList = (value: unknown): value is TlsMaterial | readonly TlsMaterial[] =>
  isMaterial(value) || (Array.isArray(value) && value.every(isMaterial))
const material = guarded(isMaterial, 'a path, PEM text or bytes')

export const tlsSpec: OptionSpec<Given<TlsOptions>> = optionObject({
  ca: guarded(isMaterialList, 'a path, PEM text or bytes, or a list of them'),
  cert: material,
  key: material,
  passphrase: string,
  pfx: material,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  maxVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  ciphers: string,
  serverName: string,
  verifyHostname: boolean,
  insecure: boolean,
})

/**
 * Reads the material and makes Node's options of it.
 * @throws ConfigError for material that cannot be read or does not belong together; no material is in the message.
 */
export function connectionOptions(own: Given<TlsOptions>, option = 'tls'): ConnectionOptions {
  // Without a prototype: Node reads names of it that are not here.
  const options: ConnectionOptions = Object.assign(Object.create(null), {
    ...(own.ca === undefined ? {} : { ca: readAll(own.ca, `${option}.ca`) }),
    ...(own.cert === undefined ? {} : { cert: read(own.cert, `${option}.cert`) }),
    ...(own.key === undefined ? {} : { key: read(own.key, `${option}.key`) }),
    ...(own.pfx === undefined ? {} : { pfx: read(own.pfx, `${option}.pfx`) }),
    ...(own.passphrase === undefined ? {} : { passphrase: own.passphrase }),
    ...(own.minVersion === undefined ? {} : { minVersion: own.minVersion }),
    ...(own.maxVersion === undefined ? {} : { maxVersion: own.maxVersion }),
    ...(own.ciphers === undefined ? {} : { ciphers: own.ciphers }),
    ...(own.serverName === undefined ? {} : { servername: own.serverName }),
    ...(own.verifyHostname === false ? { checkServerIdentity: () => undefined } : {}),
    ...(own.insecure === true ? { rejectUnauthorized: false } : {}),
  })
  try {
    createSecureContext(options)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new ConfigError({
      option,
      value: code,
      expected: 'certificates and keys that can be read and belong together',
    })
  }
  return options
}

function readAll(ca: TlsMaterial | readonly TlsMaterial[], option: string): Buffer[] {
  return (isMaterial(ca) ? [ca] : ca).map((one) => read(one, option))
}

function read(given: TlsMaterial, option: string): Buffer {
  if (typeof given !== 'string') return Buffer.from(given)
  if (given.includes('-----BEGIN')) return Buffer.from(given)
  try {
    return readFileSync(given)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new ConfigError({
      option,
      value: shownPath(given),
      expected: `PEM text, or the path of a file that can be read (${code})`,
    })
  }
}

/** A path, unless it may be material that lost its PEM lines: that is never shown. */
function shownPath(given: string): string {
  return /[\r\n]|^[A-Za-z0-9+/=_-]{40,}$/.test(given) && !given.startsWith('/') ? `${given.length} characters` : given
}
