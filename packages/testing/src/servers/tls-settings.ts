import type { TlsOptions } from 'node:tls'
import type { Certificate } from '../certificates/certificate.ts'
import { testAuthority, testCertificate } from '../certificates/test-authority.ts'

/** How a server speaks TLS. */
export interface TlsSettings {
  /** @defaultValue one of the {@link testAuthority}, for localhost, 127.0.0.1 and ::1 */
  readonly certificate?: Certificate
  /** Asks clients for a certificate, and refuses those without a good one. */
  readonly requestCert?: boolean
  /** Which clients' certificates are good, in PEM. @defaultValue those of the {@link testAuthority} */
  readonly ca?: string
  /** More for Node, which wins: `minVersion`, `rejectUnauthorized`, `ALPNCallback` … */
  readonly node?: TlsOptions
}

/** What Node is told, and what a client has to trust. */
export async function resolveTls(settings: TlsSettings): Promise<{ options: TlsOptions; ca: string }> {
  const { cert, key, chain, authority } = settings.certificate ?? (await testCertificate())
  const asks = settings.requestCert === true
  const options: TlsOptions = {
    cert: chain === undefined ? cert : `${cert}\n${chain}`,
    key,
    ...(asks && { requestCert: true, rejectUnauthorized: true, ca: settings.ca ?? (await testAuthority()).cert }),
    ...settings.node,
  }
  return { options, ca: authority }
}
