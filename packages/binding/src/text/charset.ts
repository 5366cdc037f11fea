import { parseMediaType } from '@halyard/core'

/**
 * The encoding that a body names: by its byte order mark, else by the `charset` of its content type (a label of the
 * WHATWG encoding standard); `undefined` for UTF-8.
 */
export function charsetOf(bytes: Uint8Array, mediaType: string | undefined): string | undefined {
  // No mark begins below, and text of any kind seldom does above.
  const first = bytes[0] ?? 0
  if (first >= 0xef) {
    const second = bytes[1]
    if (first === 0xff && second === 0xfe) return 'utf-16le'
    if (first === 0xfe && second === 0xff) return 'utf-16be'
    if (hasUtf8Mark(bytes)) return undefined
  }
  // Most say nothing, or UTF-8.
  if (mediaType === undefined || utf8Types.has(mediaType) || !/charset/i.test(mediaType)) return undefined
  const charset = parseMediaType(mediaType)?.parameters.get('charset')
  return charset === undefined || /^utf-?8$/i.test(charset) ? undefined : charset
}

const utf8Types: ReadonlySet<string> = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
])

/** Whether a body begins with the byte order mark of UTF-8. */
export function hasUtf8Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}
