import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { CertificateFacts } from '@halyard/core'
import { certificateFacts } from './certificate-facts.ts'

const longest = 20

/** The certificates that a server sent, its own first; parsed when somebody asks. */
export class PeerChain {
  readonly #encoded: readonly Buffer[]
  #certificates: readonly X509Certificate[] | undefined
  #facts: CertificateFacts | undefined

  constructor(encoded: readonly Buffer[]) {
    this.#encoded = encoded
  }

  get certificates(): readonly X509Certificate[] {
    this.#certificates ??= this.#encoded.map((one) => new X509Certificate(one))
    return this.#certificates
  }

  /** Of the server's own. */
  get facts(): CertificateFacts | undefined {
    const [own] = this.certificates
    if (own !== undefined) this.#facts ??= certificateFacts(own)
    return this.#facts
  }
}

/**
 * What came with a handshake; `undefined` where none came, for a session was resumed.
 * Not by `getPeerX509Certificate`: before Node 26 it takes the certificate out of the chain, and answers with the next
 * one when it is asked again.
 */
export function peerChain(socket: TLSSocket): PeerChain | undefined {
  const encoded: Buffer[] = []
  const seen = new Set<DetailedPeerCertificate>()
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (at?.raw !== undefined && !seen.has(at) && encoded.length < longest) {
    seen.add(at)
    encoded.push(at.raw)
    at = at.issuerCertificate
  }
  return encoded.length === 0 ? undefined : new PeerChain(encoded)
}
