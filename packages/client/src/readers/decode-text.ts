import { BodyError, describeTarget, parseMediaType, type HttpRequest } from '@halyard/core'
import { decodeWindows1252 } from './windows-1252.ts'

const utf8 = new TextDecoder()

/** Decodes by the charset of the content type (UTF-8 without one); a byte order mark is taken off. */
export function decodeText(bytes: Uint8Array, type: string | undefined, request: HttpRequest): string {
  // Most say nothing, or UTF-8; and Node decodes short buffers faster than a TextDecoder does.
  if (type === undefined || type === 'application/json' || !/charset/i.test(type)) return decodeUtf8(bytes)
  const charset = parseMediaType(type)?.parameters.get('charset') ?? 'utf-8'
  try {
    const decoder = new TextDecoder(charset)
    return decoder.encoding === 'windows-1252' ? decodeWindows1252(bytes) : decoder.decode(bytes)
  } catch (cause) {
    const target = describeTarget(request)
    throw new BodyError(
      `${target}: the response is in charset ${JSON.stringify(charset.slice(0, 40))}, which is not known`,
      {
        code: 'decode',
        sent: 'yes',
        target,
        cause,
      },
    )
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes) && bytes[0] !== 0xef ? bytes.toString('utf8') : utf8.decode(bytes)
}
