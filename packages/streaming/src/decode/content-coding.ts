/** A content coding that is understood (RFC 9110 §8.4.1, RFC 7932, RFC 8878). */
export type ContentCoding = 'zstd' | 'br' | 'gzip' | 'deflate'

/** In the order in which they are asked for: what decodes fastest first. */
export const contentCodings = ['zstd', 'br', 'gzip', 'deflate'] as const

/**
 * The codings of a message by its `content-encoding` fields, in the order in which they were applied. `identity` says
 * nothing and is left out. `undefined` where one is unknown: then nothing can be decoded.
 */
export function parseCodings(fields: readonly string[]): readonly ContentCoding[] | undefined {
  const codings: ContentCoding[] = []
  for (const field of fields) {
    for (const item of field.split(',')) {
      const name = item.trim().toLowerCase()
      // RFC 9110 §5.6.1: a list may have empty elements.
      if (name === '' || name === 'identity') continue
      const coding = codingOf(name)
      if (coding === undefined) return undefined
      codings.push(coding)
    }
  }
  return codings
}

function codingOf(name: string): ContentCoding | undefined {
  // RFC 9110 §8.4.1.3: to be taken for the same.
  if (name === 'x-gzip') return 'gzip'
  return contentCodings.find((coding) => coding === name)
}
