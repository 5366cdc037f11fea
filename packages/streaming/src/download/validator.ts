import type { HeaderList } from '@halyard/core'

/** What says that two answers are of the same bytes, and may be sent as `if-range`. */
export interface Validator {
  readonly kind: 'etag' | 'last-modified'
  readonly value: string
}

/** Quoted, and without the `W/` of those that say only that the meaning is the same (RFC 9110 §8.8.3). */
const strongTag = /^"[!#-~]*"$/
const fixedDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/

/**
 * The strong validator of an answer: its entity tag, or, where it has none at all (RFC 9110 §13.1.5), its date of change
 * if that was over when the answer was made: a second at least before `date` (§8.8.2.2).
 */
export function strongValidator(headers: HeaderList): Validator | undefined {
  const tags = headers.getAll('etag')
  if (tags.length > 0) {
    const tag = tags.length === 1 ? tags[0] : undefined
    return tag !== undefined && isStrongTag(tag) ? { kind: 'etag', value: tag } : undefined
  }
  const changed = headers.get('last-modified')
  const changedAt = parseFixedDate(changed)
  const madeAt = parseFixedDate(headers.get('date'))
  if (changed === undefined || changedAt === undefined || madeAt === undefined) return undefined
  return madeAt - changedAt >= 1_000 ? { kind: 'last-modified', value: changed } : undefined
}

/** Whether a part (206) is of the bytes that `validator` stands for. A date need not be said again (RFC 9110 §15.3.7). */
export function confirms(headers: HeaderList, { kind, value }: Validator): boolean {
  const said = headers.getAll(kind)
  return kind === 'last-modified' && said.length === 0 ? true : said.length === 1 && said[0] === value
}

/** Whether an answer says that there are other bytes now. */
export function contradicts(headers: HeaderList, validator: Validator): boolean {
  return headers.has(validator.kind) && !confirms(headers, validator)
}

export function isStrongTag(text: string): boolean {
  return strongTag.test(text)
}

/** Milliseconds since 1970 of an IMF-fixdate (RFC 9110 §5.6.7), the one form that is sent. */
export function parseFixedDate(text: string | undefined): number | undefined {
  if (text === undefined || !fixedDate.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
