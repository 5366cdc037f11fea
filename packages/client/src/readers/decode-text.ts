import { BodyError, parseMediaType, type HttpResponse } from '@halyard/core'

const utf8 = new TextDecoder()

/** Decodes by the charset of the content type (UTF-8 without one); a byte order mark is taken off. */
export function decodeText(bytes: Uint8Array, response: HttpResponse, target: string): string {
  const type = response.headers.get('content-type')
  // Most say nothing, or UTF-8.
  if (type === undefined || !/charset/i.test(type)) return utf8.decode(bytes)
  const charset = parseMediaType(type)?.parameters.get('charset') ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch (cause) {
    throw new BodyError(`${target}: the response is in charset ${JSON.stringify(charset.slice(0, 40))}, which is not known`, {
      code: 'decode',
      sent: 'yes',
      target,
      cause,
    })
  }
}
