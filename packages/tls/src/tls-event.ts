import type { CertificateFacts, ConfigError } from '@halyard/core'

/** What TLS tells of itself, on the client's event stream as `tls`. */
export type TlsEvent =
  | {
      /** New material is used from now on. */
      readonly kind: 'reloaded'
      /** The client's; `undefined` where it has none, or one in PKCS #12. */
      readonly certificate: CertificateFacts | undefined
    }
  | {
      /** New material is broken: the old is kept. */
      readonly kind: 'reload-failed'
      readonly error: ConfigError
    }
  | {
      /** A certificate has less than a tenth of its time left, at most 30 days. Told once of each. */
      readonly kind: 'expiring'
      readonly whose: 'client' | 'server'
      readonly certificate: CertificateFacts
      /** Negative: since then it has expired. */
      readonly expiresInMs: number
    }
  | {
      /** A connection led to none of the pinned keys. */
      readonly kind: 'pin-mismatch'
      readonly host: string
      readonly certificate: CertificateFacts
      readonly refused: boolean
    }
