import type { X509Certificate } from 'node:crypto'
import type { CertificateFacts } from '@halyard/core'

/** What a certificate says, as events tell it. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const names = certificate.subjectAltName?.split(', ') ?? []
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: names.map((name) => name.replace(/^(?:DNS|IP Address):/, '')),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
  }
}

function oneLine(name: string): string {
  return name.split('\n').filter(Boolean).join(', ')
}
