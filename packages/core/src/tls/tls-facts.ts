/** What a certificate says (RFC 5280). All of it is public. */
export interface CertificateFacts {
  /** Whom it was issued to, e.g. `CN=api.example.com, O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** The names it is good for (SAN): `api.example.com`, `*.example.com`, `192.0.2.1`. */
  readonly names: readonly string[]
  readonly validFrom: Date
  readonly validTo: Date
  /** SHA-256 of the certificate, in hex with colons. */
  readonly fingerprint: string
  /** In hex. */
  readonly serialNumber: string
}

/** What was agreed on when a connection was secured. */
export interface TlsFacts {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string
  /** OpenSSL's name of the cipher suite. */
  readonly cipher: string
  /** The server's. */
  readonly certificate: CertificateFacts | undefined
  /** Whether the handshake went on from an earlier session, without the certificate being sent again. */
  readonly resumed: boolean
  /** The protocol agreed on (RFC 7301): `h2`, `http/1.1`; `undefined` where none was. */
  readonly alpn: string | undefined
}
