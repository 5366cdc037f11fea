import type { ReadNumber } from './json-reader.ts'

/** Making a big integer of text takes more than linear time. */
const maxDigits = 10_000

/** Whether a text may have a number that is read differently; most have none, and `JSON.parse` reads those. */
export function mayHoldBigNumbers(text: string, decimalText: boolean): boolean {
  return hasLongInteger(text) || (decimalText && /\d[.eE]/.test(text))
}

function hasLongInteger(text: string): boolean {
  for (const { index } of text.matchAll(/\d{16}/g)) {
    // Not the digits of a fraction, which are many wherever numbers were computed.
    const before = text[index - 1]
    if (before === undefined || !/[.\d]/.test(before)) return true
  }
  return false
}

/** Integers beyond 2^53 as `bigint`. */
export const integersWhole: ReadNumber = (literal, kind) => (kind === 'integer' ? integer(literal) : Number(literal))

/** Integers beyond 2^53 as `bigint`, decimals as their text. */
export const decimalsAsText: ReadNumber = (literal, kind) => (kind === 'integer' ? integer(literal) : literal)

function integer(literal: string): number | bigint {
  const double = Number(literal)
  if (Number.isSafeInteger(double)) return double
  if (literal.length > maxDigits) throw new Error(`an integer has more than ${maxDigits} digits`)
  return BigInt(literal)
}
