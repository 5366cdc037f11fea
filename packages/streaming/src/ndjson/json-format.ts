import { parseMediaType } from '@halyard/core'

/** `lines`: a JSON text a line. `sequence`: JSON text sequences (RFC 7464), each text between RS and LF. */
export type JsonFormat = 'lines' | 'sequence'

/** The format of a content type: `sequence` for `application/json-seq` and `+json-seq` (RFC 8091), else `lines`. */
export function formatOf(contentType: string | undefined): JsonFormat {
  const mediaType = parseMediaType(contentType)
  return mediaType?.essence === 'application/json-seq' || mediaType?.suffix === 'json-seq' ? 'sequence' : 'lines'
}

/** What one item is called, for messages. */
export function itemName(format: JsonFormat, number: number): string {
  return format === 'lines' ? `line ${number}` : `element ${number} of the sequence`
}
