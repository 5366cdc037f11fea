import { endsEarly } from './json-fault.ts'

/** Where a string or number ends, or what is wrong with it where. */
export type Extent =
  | { readonly end: number; readonly kind: 'plain' | 'escaped' | 'integer' | 'decimal' }
  | { readonly fault: string; readonly at: number }

const quote = 0x22
const backslash = 0x5c

/** The string whose opening quote is at `from` (RFC 8259 §7). */
export function stringExtent(text: string, from: number): Extent {
  let kind: 'plain' | 'escaped' = 'plain'
  let at = from + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === quote) return { end: at + 1, kind }
    if (code < 0x20) return { fault: 'a string holds a control character', at }
    if (code === backslash) {
      kind = 'escaped'
      const length = escapeLength(text, at)
      if (length === 0) return { fault: 'a string holds an escape that JSON does not have', at }
      at += length
    } else at += 1
  }
  return { fault: endsEarly, at: text.length }
}

/** How long an escape is; one that is cut reaches beyond the end, and one that is wrong has no length. */
function escapeLength(text: string, at: number): number {
  const letter = text[at + 1]
  if (letter !== 'u') return letter === undefined || '"\\/bfnrt'.includes(letter) ? 2 : 0
  const digits = text.slice(at + 2, at + 6)
  if (!/^[0-9a-fA-F]*$/.test(digits)) return 0
  return 6
}

/** The number that begins at `from` (RFC 8259 §6). */
export function numberExtent(text: string, from: number): Extent {
  const start = text[from] === '-' ? from + 1 : from
  let end = digitsEnd(text, start)
  if (end === start) return missingDigit(text, end)
  if (text[start] === '0' && end > start + 1) return { fault: 'a number begins with a zero', at: from }
  let kind: 'integer' | 'decimal' = 'integer'
  if (text[end] === '.') {
    kind = 'decimal'
    const fraction = end + 1
    end = digitsEnd(text, fraction)
    if (end === fraction) return missingDigit(text, end)
  }
  if (text[end] === 'e' || text[end] === 'E') {
    kind = 'decimal'
    const sign = text[end + 1]
    const exponent = sign === '+' || sign === '-' ? end + 2 : end + 1
    end = digitsEnd(text, exponent)
    if (end === exponent) return missingDigit(text, end)
  }
  return { end, kind }
}

function missingDigit(text: string, at: number): Extent {
  return { fault: at >= text.length ? endsEarly : 'a number lacks a digit', at }
}

function digitsEnd(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at += 1
  return at
}
