import type { ReadNumber } from './json-reader.ts'

/** Making a big integer of text takes more than linear time. */
const maxDigits = 10_000

/** Whether a text may have a number that a double cannot hold; most have none, and `JSON.parse` reads those. */
export function mayHoldBigNumbers(text: string, decimalText: boolean): boolean {
  return /\d{16}/.test(text) || (decimalText && /\d[.eE]/.test(text))
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
