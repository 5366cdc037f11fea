/** A `content-range` in bytes (RFC 9110 §14.4). */
export interface ContentRange {
  readonly first: number
  /** The last byte that is in it. */
  readonly last: number
  /** `undefined` where the server does not say. */
  readonly total: number | undefined
}

/** Parses `bytes 0-499/1234` or `bytes 0-499/*`; `undefined` for anything else, and for ranges that make no sense. */
export function parseContentRange(text: string | undefined): ContentRange | undefined {
  const match = /^bytes[\t ]+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(text ?? '')
  if (match === null) return undefined
  const first = Number(match[1])
  const last = Number(match[2])
  const total = match[3] === '*' ? undefined : Number(match[3])
  return last < first || (total !== undefined && last >= total) ? undefined : { first, last, total }
}

/** The total that a 416 gives after `bytes *` and a slash (RFC 9110 §15.5.17). */
export function parseUnsatisfiedRange(text: string | undefined): number | undefined {
  const match = /^bytes[\t ]+\*\/(\d{1,15})$/i.exec(text ?? '')
  return match === null ? undefined : Number(match[1])
}

/** A `content-length` (RFC 9110 §8.6). */
export function parseContentLength(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
