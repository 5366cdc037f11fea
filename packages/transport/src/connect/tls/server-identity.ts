import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { PeerCertificate } from 'node:tls'

/** The certificate does not name the host. The code is Node's for the same fault. */
class WrongHost extends Error {
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID'
}

/**
 * Whether a certificate is for a host, as browsers see it (RFC 9525): by its subject alternative names alone, a
 * wildcard standing for exactly one whole label, addresses by entries for addresses. Takes the place of Node's own
 * check, which falls back on the common name.
 */
export function checkHost(host: string, certificate: Pick<PeerCertificate, 'raw'>): Error | undefined {
  return wrongHost(host, new X509Certificate(certificate.raw))
}

function wrongHost(host: string, certificate: X509Certificate): Error | undefined {
  if (isIP(host) !== 0) {
    return certificate.checkIP(host) === undefined ? refusal(host, certificate) : undefined
  }
  // The dot of a rooted name is no part of it.
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  const options = { subject: 'never', wildcards: true, partialWildcards: false } as const
  return certificate.checkHost(name, options) === undefined ? refusal(host, certificate) : undefined
}

function refusal(host: string, { subjectAltName }: X509Certificate): WrongHost {
  const names = subjectAltName === undefined ? 'no names: a common name does not count' : subjectAltName
  return new WrongHost(`${host} is not what it is for: ${names.length > 500 ? `${names.slice(0, 500)}…` : names}`)
}
