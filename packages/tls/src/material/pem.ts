import { X509Certificate } from 'node:crypto'
import { ConfigError } from '@halyard/core'

const block = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** The certificates of PEM text, or of one in DER. @throws ConfigError where there is none, or one is broken */
export function certificatesOf(bytes: Buffer, option: string): readonly X509Certificate[] {
  const blocks: readonly (string | Buffer)[] =
    bytes[0] === 0x30 ? [bytes] : (bytes.toString('latin1').match(block) ?? [])
  if (blocks.length === 0) throw wrong(option, 'no certificate in it')
  return blocks.map((one, index) => {
    try {
      return new X509Certificate(one)
    } catch {
      throw wrong(option, `number ${index + 1} in it cannot be read`)
    }
  })
}

function wrong(option: string, value: string): ConfigError {
  return new ConfigError({ option, value, expected: 'certificates in PEM' })
}
