/** What is known of a connection whose handshake failed. */
export interface HandshakeProgress {
  /** Bytes that came from the server. */
  readonly receivedBytes: number
  /** Whether a client certificate was there to be sent. */
  readonly hasClientCertificate: boolean
  /** Whether the server's certificate names a place to fetch its issuer's from. */
  readonly namesIssuer: boolean
}

export interface TlsFailure {
  readonly reason: string
  readonly words: string
}

const failures: ReadonlyMap<string, TlsFailure> = new Map(
  Object.entries({
    CERT_HAS_EXPIRED: ['expired', 'the certificate has expired'],
    CERT_NOT_YET_VALID: ['not-yet-valid', 'the certificate is not valid yet'],
    ERR_TLS_CERT_ALTNAME_INVALID: ['wrong-host', 'the certificate is for another host'],
    HOSTNAME_MISMATCH: ['wrong-host', 'the certificate is for another host'],
    DEPTH_ZERO_SELF_SIGNED_CERT: ['self-signed', 'the certificate is self-signed'],
    SELF_SIGNED_CERT_IN_CHAIN: ['unknown-authority', 'the certificate chain ends in an unknown authority'],
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unknown-authority', 'the certificate is from an unknown authority'],
    UNABLE_TO_GET_ISSUER_CERT: ['unknown-authority', 'the certificate is from an unknown authority'],
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
      'unknown-authority',
      'the certificate is from an unknown authority, or the server left out those between',
    ],
    CERT_UNTRUSTED: ['unknown-authority', 'the authority of the certificate is not trusted'],
    CERT_SIGNATURE_FAILURE: ['unknown-authority', 'the signature on the certificate is wrong'],
    INVALID_CA: ['unknown-authority', 'the certificate was issued by one that may not issue any'],
    PATH_LENGTH_EXCEEDED: ['unknown-authority', 'the certificate chain is longer than an authority allows'],
    CERT_CHAIN_TOO_LONG: ['unknown-authority', 'the certificate chain is too long'],
    INVALID_PURPOSE: ['wrong-purpose', 'the certificate is not for servers'],
    CERT_REJECTED: ['wrong-purpose', 'the certificate is not for this purpose'],
    CERT_REVOKED: ['revoked', 'the certificate was revoked'],
    ERR_SSL_UNSUPPORTED_PROTOCOL: ['protocol', 'no TLS version in common'],
    ERR_SSL_VERSION_TOO_LOW: ['protocol', 'no TLS version in common'],
    ERR_SSL_WRONG_SSL_VERSION: ['protocol', 'no TLS version in common'],
    ERR_SSL_NO_PROTOCOLS_AVAILABLE: ['protocol', 'no TLS version is left to offer'],
    ERR_SSL_NO_CIPHERS_AVAILABLE: ['cipher', 'no cipher suite is left to offer'],
    ERR_SSL_NO_SHARED_CIPHER: ['cipher', 'no cipher suite in common'],
    ERR_SSL_WRONG_CIPHER_RETURNED: ['cipher', 'the server chose a cipher suite that was not offered'],
    ERR_SSL_DH_KEY_TOO_SMALL: ['weak-signature', 'the key exchange of the server is too weak'],
    ERR_SSL_EE_KEY_TOO_SMALL: ['weak-signature', 'the key of the certificate is too weak'],
    ERR_SSL_CA_KEY_TOO_SMALL: ['weak-signature', 'the key of an authority is too weak'],
    ERR_SSL_CA_MD_TOO_WEAK: ['weak-signature', 'a signature on the certificates is too weak'],
    ERR_SSL_WRONG_SIGNATURE_TYPE: ['weak-signature', 'the signature of the server is of a kind not allowed'],
    ERR_SSL_WRONG_VERSION_NUMBER: ['handshake', 'the server does not speak TLS on this port'],
    ERR_SSL_PACKET_LENGTH_TOO_LONG: ['handshake', 'the server does not speak TLS on this port'],
  }).map(([code, [reason = '', words = '']]) => [code, { reason, words }]),
)

/** Verification errors for which Node has no code, only OpenSSL's words. */
const byWords: readonly (readonly [RegExp, TlsFailure])[] = [
  [
    /permitted subtree|excluded subtree|name constraint/i,
    { reason: 'name-constraint', words: 'an authority may not issue certificates for this name' },
  ],
  [
    /too weak|key too small|md too weak/i,
    { reason: 'weak-signature', words: 'a signature or key of the certificates is too weak' },
  ],
  [/certificate purpose|usage does not/i, { reason: 'wrong-purpose', words: 'the certificate is not for servers' }],
  [/revoked/i, { reason: 'revoked', words: 'the certificate was revoked' }],
]

/** Alerts (RFC 8446 §6.2) by which a server refuses a client's certificate, or its lack. */
const certificateAlerts =
  /^(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)$/

const required: TlsFailure = {
  reason: 'client-certificate-required',
  words: 'the server wants a client certificate',
}
const refused: TlsFailure = { reason: 'client-certificate-refused', words: 'the server refused the client certificate' }

/** The name of the alert that a server sent: `UNKNOWN_CA`; `undefined` if the error is none. */
function alertOf(code: string): string | undefined {
  return /^ERR_SSL_(?:SSLV3|SSL\/TLS|TLSV1|TLSV13)_ALERT_(?<alert>.+)$/.exec(code)?.groups?.['alert']
}

/** What an alert says of the client's certificate; `undefined` if nothing. It may come after the handshake. */
export function certificateRefusal(code: string, hasClientCertificate: boolean): TlsFailure | undefined {
  const alert = alertOf(code)
  if (alert === 'CERTIFICATE_REQUIRED') return required
  if (alert === undefined || !certificateAlerts.test(alert)) return undefined
  return hasClientCertificate ? refused : required
}

/** A bare alert: five bytes of a record's head, two of the alert. */
const loneAlertBytes = 7

/** Why a handshake failed, of Node's code and message; `undefined` if it is no matter of TLS. */
export function tlsFailure(code: string, message: string, progress: HandshakeProgress): TlsFailure | undefined {
  const alert = alertOf(code)
  if (alert !== undefined) {
    if (/PROTOCOL_VERSION|INSUFFICIENT_SECURITY/.test(alert))
      return { reason: 'protocol', words: 'no TLS version in common' }
    if (alert === 'HANDSHAKE_FAILURE') {
      // TLS 1.2 has no alert of its own for a certificate that is missing: but the server had to say much before it.
      if (progress.receivedBytes > loneAlertBytes) return progress.hasClientCertificate ? refused : required
      return { reason: 'cipher', words: 'no cipher suite or curve in common' }
    }
    const told = alert.toLowerCase().replaceAll('_', ' ')
    return (
      certificateRefusal(code, progress.hasClientCertificate) ?? {
        reason: 'handshake',
        words: `the server ended the TLS handshake: ${told}`,
      }
    )
  }
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' && progress.namesIssuer) {
    return { reason: 'incomplete-chain', words: 'the server left out the certificates between its own and the root' }
  }
  const known = failures.get(code)
  if (known !== undefined) return known
  if (code === 'UNSPECIFIED') return byWords.find(([words]) => words.test(message))?.[1] ?? unknown
  return /^(?:ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|CRL_|UNABLE_TO_)/.test(code) ? unknown : undefined
}

const unknown: TlsFailure = { reason: 'handshake', words: 'the TLS handshake failed' }
