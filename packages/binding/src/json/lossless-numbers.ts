import type { ReadNumber } from './json-reader.ts'

/** Making a big integer of text takes more than linear time. */
const maxDigits = 10_000

/** Whether a text may have a number that is read differently; most have none, and `JSON.parse` reads those. */
export function mayHoldBigNumbers(text: string, decimalText: boolean): boolean {
  // The first search is fast, and finds the fractions too that are many wherever numbers were computed.
  return (longDigits.test(text) && longInteger.test(text)) || (decimalText && /\d[.eE]/.test(text))
}

const longDigits = /\d{16}/
const longInteger = /(?:^|[^.\d])\d{16}/

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
