import { parseMediaType, type MediaType } from '@halyard/core'
import type { Ledger } from './ledger.ts'

/** What the `content-type` of a message says. */
export interface MultipartType {
  readonly mediaType: MediaType
  readonly boundary: string
}

/**
 * RFC 2046 §5.1.1 gives a boundary 70 characters at most, the last one no space. Of the characters all that are printable
 * are taken: more than it allows, and some servers use them.
 */
const boundarySyntax = /^[\x20-\x7e]{0,69}[\x21-\x7e]$/

/** @throws MultipartError for another type than `multipart/…`, and for a boundary that is missing or wrong. */
export function multipartType(contentType: string | undefined, ledger: Ledger): MultipartType {
  const mediaType = parseMediaType(contentType)
  if (mediaType?.type !== 'multipart') throw ledger.malformed('is none: its content type is not multipart')
  const boundary = mediaType.parameters.get('boundary')
  if (boundary === undefined) throw ledger.malformed('has no boundary in its content type')
  if (!boundarySyntax.test(boundary)) throw ledger.malformed('has a boundary in its content type that is not valid')
  return { mediaType, boundary }
}
