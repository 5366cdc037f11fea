import { readFileSync } from 'node:fs'
import { ConfigError } from '@halyard/core'
import type { TlsMaterial } from '../options/tls-options.ts'

const mostBytes = 16 * 2 ** 20

/** The bytes of a path, PEM text or bytes. @throws ConfigError without any material in it */
export function readMaterial(given: TlsMaterial, option: string): Buffer {
  if (typeof given !== 'string') {
    if (given.byteLength === 0) throw new ConfigError({ option, value: given, expected: 'bytes, and not none' })
    return Buffer.from(given)
  }
  if (given.includes('-----BEGIN')) return Buffer.from(given)
  if (given.trim() === '') {
    throw new ConfigError({ option, value: given, expected: 'PEM text, or a path that is not blank' })
  }
  const bytes = fileBytes(given, option)
  if (bytes.byteLength === 0 || bytes.byteLength > mostBytes) {
    throw new ConfigError({ option, value: shownPath(given), expected: 'the path of a file of 1 byte to 16 MiB' })
  }
  return bytes
}

function fileBytes(path: string, option: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new ConfigError({
      option,
      value: shownPath(path),
      expected: `PEM text, or the path of a file that can be read (${code})`,
    })
  }
}

/** A path, unless it may be material that lost its PEM lines: that is never shown. */
function shownPath(given: string): string {
  return /[\r\n]|^[A-Za-z0-9+/=_-]{40,}$/.test(given) && !given.startsWith('/') ? `${given.length} characters` : given
}
