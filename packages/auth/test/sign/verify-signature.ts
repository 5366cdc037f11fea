import { constants, createHmac, createPublicKey, verify, type KeyObject } from 'node:crypto'

/** What a server does with a signature, written apart from what makes it. */
export function verifies(base: string, signature: string, key: KeyObject | Uint8Array, algorithm: string): boolean {
  const bytes = Buffer.from(base, 'latin1')
  const given = Buffer.from(signature, 'base64')
  if (key instanceof Uint8Array) return createHmac('sha256', key).update(bytes).digest().equals(given)
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  switch (algorithm) {
    case 'rsa-pss-sha512':
      return verify(
        'sha512',
        bytes,
        { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
        given,
      )
    case 'rsa-v1_5-sha256':
      return verify('sha256', bytes, publicKey, given)
    case 'ecdsa-p256-sha256':
      return verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, given)
    case 'ecdsa-p384-sha384':
      return verify('sha384', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, given)
    case 'ed25519':
      return verify(null, bytes, publicKey, given)
    default:
      return false
  }
}
