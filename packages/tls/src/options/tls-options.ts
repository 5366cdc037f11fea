import {
  boolean,
  durationMs,
  guarded,
  oneOf,
  optionObject,
  string,
  type Given,
  type OptionSpec,
} from '@halyard/core/options'
import { pinSpec, type PinOptions, type Pins } from '../pins/pin-options.ts'

/** A path, PEM text or bytes. */
export type TlsMaterial = string | Uint8Array

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** How connections are secured. */
export interface TlsOptions {
  /** Trusted instead of the system's roots. */
  readonly ca?: TlsMaterial | readonly TlsMaterial[] | undefined
  /** Trusted besides the system's roots, or besides `ca`. */
  readonly extraCa?: TlsMaterial | readonly TlsMaterial[] | undefined
  /** The client's certificate, for mutual TLS; those between it and its root may follow it. */
  readonly cert?: TlsMaterial | undefined
  readonly key?: TlsMaterial | undefined
  /** Of `key` or `pfx`. */
  readonly passphrase?: string | undefined
  /** Certificate and key as PKCS #12. */
  readonly pfx?: TlsMaterial | undefined
  /** @defaultValue 'TLSv1.2' */
  readonly minVersion?: TlsVersion | undefined
  readonly maxVersion?: TlsVersion | undefined
  /** Names of OpenSSL, the most wanted first. @defaultValue Node's */
  readonly ciphers?: string | readonly string[] | undefined
  /** Groups for the key exchange: `X25519`, `P-256`. @defaultValue OpenSSL's */
  readonly curves?: string | readonly string[] | undefined
  /** The name sent (SNI) and verified. @defaultValue the host */
  readonly serverName?: string | undefined
  /** Whether the certificate must be for the host. @defaultValue true */
  readonly verifyHostname?: boolean | undefined
  /** Whether a connection may go on from an earlier one's session. @defaultValue true */
  readonly sessionReuse?: boolean | undefined
  /** For the handshake alone, milliseconds; the client's `connectMs` covers it, too. @defaultValue 10_000 */
  readonly handshakeTimeoutMs?: number | undefined
  /** Keys of which the server, or an authority above it, must have one: `sha256/…`, of the public key (SPKI). */
  readonly pins?: readonly string[] | PinOptions | undefined
  /** Accepts any certificate. For tests. The client's own is presented all the same. @defaultValue false */
  readonly insecure?: boolean | undefined
}

/** `minVersion`, `sessionReuse` and so on, where nothing was said. */
export const tlsDefaults = {
  minVersion: 'TLSv1.2',
  verifyHostname: true,
  sessionReuse: true,
  handshakeTimeoutMs: 10_000,
  insecure: false,
} as const

export const isMaterial = (value: unknown): value is TlsMaterial =>
  typeof value === 'string' || value instanceof Uint8Array
const isMaterialList = (value: unknown): value is TlsMaterial | readonly TlsMaterial[] =>
  isMaterial(value) || (Array.isArray(value) && value.length > 0 && value.every(isMaterial))
const isNames = (value: unknown): value is string | readonly string[] =>
  (typeof value === 'string' && value !== '') ||
  (Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== ''))
const material = guarded(isMaterial, 'a path, PEM text or bytes')
const materials = guarded(isMaterialList, 'a path, PEM text or bytes, or a list of them')
const names = guarded(isNames, 'a name, or a list of names')

/** Options as they were checked: pins as they are compared. */
export type CheckedOptions = Omit<Given<TlsOptions>, 'pins'> & { readonly pins: Pins | undefined }

export const tlsSpec: OptionSpec<CheckedOptions> = optionObject({
  ca: materials,
  extraCa: materials,
  cert: material,
  key: material,
  passphrase: string,
  pfx: material,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  maxVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  ciphers: names,
  curves: names,
  serverName: string,
  verifyHostname: boolean,
  sessionReuse: boolean,
  handshakeTimeoutMs: durationMs,
  pins: pinSpec,
  insecure: boolean,
})
