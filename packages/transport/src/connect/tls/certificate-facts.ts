import type { X509Certificate } from 'node:crypto'
import type { CertificateFacts } from '@halyard/core'

/** What a certificate says, in the words of errors and responses. */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
  }
}

/** Node puts each attribute on a line of its own. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).join(', ')
}

/** Node's text of a SAN: `DNS:a.example, IP Address:192.0.2.1`, values with odd characters as JSON. For people only. */
function namesOf(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const entries = text.match(/[^,\s:][^,:]*:(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? []
  return entries.map((entry) => {
    const value = entry.slice(entry.indexOf(':') + 1)
    return /^(?:DNS|IP Address):/.test(entry) ? unquoted(value) : entry
  })
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value
  }
}
