import type { Certificate } from './certificate.ts'
import { type CertificateAuthority, certificateAuthority } from './certificate-authority.ts'

let authority: Promise<CertificateAuthority> | undefined
let certificate: Promise<Certificate> | undefined

/** The root of the servers that were given no certificate of their own: one a process. */
export function testAuthority(): Promise<CertificateAuthority> {
  authority ??= certificateAuthority()
  return authority
}

/** The certificate of those servers, for localhost, 127.0.0.1 and ::1. */
export function testCertificate(): Promise<Certificate> {
  certificate ??= testAuthority().then((root) => root.issue())
  return certificate
}
