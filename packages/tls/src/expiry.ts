import type { X509Certificate } from 'node:crypto'

const dayMs = 86_400_000
const mostRemembered = 1_000

/** Whether a certificate has less than a tenth of its time left, 30 days at most: then somebody should have renewed it. */
export function expiresSoon(certificate: X509Certificate, now: number): boolean {
  const from = Date.parse(certificate.validFrom)
  const to = Date.parse(certificate.validTo)
  return to - now < Math.min(30 * dayMs, (to - from) / 10)
}

/** The certificates that were told of. */
export class ToldOnce {
  readonly #known = new Set<string>()

  /** Whether it is the first time. */
  first({ fingerprint256 }: X509Certificate): boolean {
    if (this.#known.has(fingerprint256)) return false
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.add(fingerprint256)
    return true
  }
}
