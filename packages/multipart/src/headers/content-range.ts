/** A `content-range` header in bytes (RFC 9110 §14.4): the first and the last byte, and how many there are in all. */
export interface ContentRange {
  readonly first: number
  /** The last byte that is in it. */
  readonly last: number
  /** `undefined` where the server does not say. */
  readonly total: number | undefined
}

/** Parses `bytes 0-499/1234` or `bytes 0-499/*`; `undefined` for anything else, and for ranges that make no sense. */
export function parseContentRange(text: string | undefined): ContentRange | undefined {
  const match = /^[\t ]*bytes[\t ]+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)[\t ]*$/i.exec(text ?? '')
  if (match === null) return undefined
  const first = Number(match[1])
  const last = Number(match[2])
  const total = match[3] === '*' ? undefined : Number(match[3])
  return last < first || (total !== undefined && last >= total) ? undefined : { first, last, total }
}
