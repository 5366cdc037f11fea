import type { HeaderList } from '@halyard/core'
import { parseHttpDate } from './http-date.ts'

/**
 * Milliseconds that `Retry-After` asks to wait (RFC 9110 §10.2.3): seconds, or a date, which counts from the `Date` of the
 * answer where it has one, else from `dateNow` (milliseconds since 1970). A date that has passed is 0. `undefined` where
 * there is no such field, or it is neither. May be more than a timer can hold, or `Infinity`.
 */
export function retryAfterMs(headers: HeaderList, dateNow: number): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const at = parseHttpDate(value, dateNow)
  if (at === undefined) return undefined
  // A clock that is wrong by an hour is so in both fields.
  const sent = parseHttpDate(headers.get('date')?.trim() ?? '', dateNow) ?? dateNow
  return Math.max(0, at - sent)
}
