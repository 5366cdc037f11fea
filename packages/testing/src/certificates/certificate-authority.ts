import { isIP } from 'node:net'
import { webcrypto } from 'node:crypto'
import type { Certificate, CertificateRequest } from './certificate.ts'
import { loadX509 } from './load-x509.ts'

/** How a root is made. */
export interface AuthorityOptions {
  /** @defaultValue `'Halyard test root'` */
  readonly commonName?: string
  /** @defaultValue an hour ago */
  readonly notBefore?: Date
  /** @defaultValue in a day */
  readonly notAfter?: Date
}

/** A root, or an intermediate, that issues certificates for tests. */
export interface CertificateAuthority {
  /** Its own certificate, in PEM. */
  readonly cert: string
  issue(request?: CertificateRequest): Promise<Certificate>
  /** An authority below this one: what it issues carries a `chain`. */
  intermediate(options?: AuthorityOptions): Promise<CertificateAuthority>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000
const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' }

/**
 * Makes a root of its own, with a new key: nothing trusts it but the test.
 *
 * @example
 * ```ts
 * const authority = await certificateAuthority()
 * const { cert, key } = await authority.issue({ names: ['api.test'], notAfter: new Date(0) })
 * ```
 */
export function certificateAuthority(options: AuthorityOptions = {}): Promise<CertificateAuthority> {
  return makeAuthority(options, 'Halyard test root', undefined)
}

interface Issuer {
  readonly subject: string
  readonly keys: webcrypto.CryptoKeyPair
  readonly root: string
  /** From this issuer up to the root, without the root. */
  readonly chain: readonly string[]
}

async function makeAuthority(
  options: AuthorityOptions,
  name: string,
  above: Issuer | undefined,
): Promise<CertificateAuthority> {
  const x509 = await loadX509()
  const keys = await newKeys()
  const subject = `CN=${options.commonName ?? name}`
  const signer = above ?? { subject, keys }
  const made = await x509.X509CertificateGenerator.create({
    subject,
    issuer: signer.subject,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: algorithm,
    ...validity(options),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
    ],
  })
  const cert = made.toString('pem')
  const issuer: Issuer = {
    subject,
    keys,
    root: above?.root ?? cert,
    chain: above === undefined ? [] : [cert, ...above.chain],
  }
  return {
    cert,
    issue: (request = {}) => issue(request, issuer),
    intermediate: (below = {}) => makeAuthority(below, 'Halyard test intermediate', issuer),
  }
}

async function issue(request: CertificateRequest, issuer: Issuer): Promise<Certificate> {
  const x509 = await loadX509()
  const keys = await newKeys()
  const names = request.names ?? ['localhost', '127.0.0.1', '::1']
  const usages = request.usages ?? 'server'
  const san = names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }))
  const made = await x509.X509CertificateGenerator.create({
    subject: `CN=${request.commonName ?? names[0] ?? 'nobody'}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: algorithm,
    ...validity(request),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        usages === 'both' ? [usageOids.server, usageOids.client] : [usageOids[usages]],
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...(request.noSan === true ? [] : [new x509.SubjectAlternativeNameExtension(san)]),
    ],
  })
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: made.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    ...(issuer.chain.length > 0 && { chain: issuer.chain.join('\n') }),
    authority: issuer.root,
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function validity(asked: { readonly notBefore?: Date; readonly notAfter?: Date }): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: asked.notBefore ?? new Date(Date.now() - hourMs),
    notAfter: asked.notAfter ?? new Date(Date.now() + 24 * hourMs),
  }
}
