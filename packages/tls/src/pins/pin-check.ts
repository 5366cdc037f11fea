import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto'

/**
 * Whether the server's key is pinned, or that of an authority above it.
 * @param chain What the server sent, its own certificate first. Each step up is verified: a pinned certificate that is
 * merely shown proves nothing.
 */
export function leadsToPin(chain: readonly X509Certificate[], pins: readonly Buffer[]): boolean {
  const [leaf, ...rest] = chain
  if (leaf === undefined) return false
  if (isPinned(leaf, pins)) return true
  let below = leaf
  for (const above of rest) {
    if (!above.ca || !below.checkIssued(above) || !below.verify(above.publicKey)) return false
    if (isPinned(above, pins)) return true
    below = above
  }
  return false
}

function isPinned(certificate: X509Certificate, pins: readonly Buffer[]): boolean {
  const digest = spkiDigest(certificate)
  let found = false
  // All of them, so that the time tells nothing.
  for (const pin of pins) if (timingSafeEqual(pin, digest)) found = true
  return found
}

function spkiDigest(certificate: X509Certificate): Buffer {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest()
}

/** The pin of a certificate's key, as it is written into options. */
export function pinOf(certificate: X509Certificate): string {
  return `sha256/${spkiDigest(certificate).toString('base64')}`
}
