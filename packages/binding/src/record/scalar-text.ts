import type { Shape } from './shape.ts'

/** Where text came from: in XML, `1` and `0` are booleans too (XML Schema Part 2, §3.2.2). */
export type TextFormat = 'xml' | 'form' | 'headers'

/** Longer digits are not converted: big integers take more than linear time. */
const maxDigits = 4300

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const digits = /^[+-]?\d+$/
const exponent = /[eE]/
const dateTime = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/**
 * What a text means where a scalar of this shape is wanted: itself where text is taken, else the literal, boolean,
 * number, big integer or date that it spells. `undefined` where it spells none of those: nothing is guessed.
 *
 * Numbers are decimal, with an optional sign, leading zeros and an exponent; an integer beyond 2^53 is none, for a
 * double does not hold it. Dates are RFC 3339 with a time and an offset.
 */
export function convertScalar(text: string, shape: Shape, format: TextFormat): unknown {
  const literal = shape.literals.get(text)
  if (literal !== undefined) return literal
  if (shape.text) return text
  return (
    booleanOf(text, shape, format) ??
    (shape.number ? numberOf(text) : undefined) ??
    numericLiteralOf(text, shape) ??
    (shape.bigint ? bigintOf(text) : undefined) ??
    (shape.date ? dateOf(text) : undefined)
  )
}

function booleanOf(text: string, shape: Shape, format: TextFormat): boolean | undefined {
  const spelled = format !== 'xml' ? text : text === '1' ? 'true' : text === '0' ? 'false' : text
  if (spelled !== 'true' && spelled !== 'false') return undefined
  const value = spelled === 'true'
  if (shape.boolean ? spelled !== text && (shape.number || shape.bigint) : shape.literals.get(spelled) !== value)
    return undefined
  return value
}

function numberOf(text: string): number | undefined {
  if (!decimal.test(text)) return undefined
  const number = Number(text)
  if (!Number.isFinite(number)) return undefined
  return Number.isInteger(number) && !Number.isSafeInteger(number) && !exponent.test(text) ? undefined : number
}

/** `01` and `1.0` for the literal 1. */
function numericLiteralOf(text: string, shape: Shape): number | undefined {
  if (shape.literals.size === 0) return undefined
  const number = numberOf(text)
  const literal = shape.literals.get(String(number))
  return typeof literal === 'number' ? literal : undefined
}

function bigintOf(text: string): bigint | undefined {
  if (text.length > maxDigits || !digits.test(text)) return undefined
  if (text.startsWith('-')) return -BigInt(text.slice(1))
  return BigInt(text.startsWith('+') ? text.slice(1) : text)
}

function dateOf(text: string): Date | undefined {
  const match = dateTime.exec(text)
  if (match === null) return undefined
  const [, year, month, day] = match
  // A day that the month does not have would be taken for one of the next month.
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  const date = new Date(text)
  return Number(day) > last || Number.isNaN(date.getTime()) ? undefined : date
}
