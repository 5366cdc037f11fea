import { BodyError, describePath } from '@halyard/core'
import { quotePath } from '../reading/quote.ts'
import { described, findUnwritable, mayBeUnwritable } from './unwritable.ts'

/** Names of the value's own in an error are cut to so many bytes together. */
const pathBytes = 128

/**
 * The JSON text of a value; see `jsonBody` for the rules.
 * @throws BodyError with code `encode`
 */
export function writeJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    return writeSlowly(value, cause)
  }
  if (text === undefined) throw notJson(`${described(value)} has no JSON form`)
  if (mayBeUnwritable(value)) refuseUnwritable(value)
  return text
}

/** `JSON.stringify` failed: at a big integer, an object that holds itself, the depth, or what a `toJSON` threw. */
function writeSlowly(value: unknown, cause: unknown): string {
  if (cause instanceof RangeError) throw notJson('it nests too deep, or is too long', cause)
  refuseUnwritable(value)
  try {
    const text = JSON.stringify(value, bigIntsAsNumbers)
    if (text !== undefined) return text
  } catch (failure) {
    throw failure instanceof RangeError ? notJson('it nests too deep, or is too long', failure) : failed(failure)
  }
  throw failed(cause)
}

const rawJson: unknown = Reflect.get(JSON, 'rawJSON')

/** `JSON.rawJSON` writes a number of any size; the lib's types do not know it yet. */
function bigIntsAsNumbers(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint' || typeof rawJson !== 'function') return value
  return Reflect.apply(rawJson, JSON, [String(value)])
}

function refuseUnwritable(value: unknown): void {
  const found = findUnwritable(value)
  if (found === undefined) return
  const { what, path } = found
  const place = path.length === 0 ? '' : ` at ${describePath(quotePath(path, pathBytes))}`
  throw notJson(`JSON cannot hold ${what}${place}`)
}

function failed(cause: unknown): BodyError {
  return notJson(cause instanceof Error ? cause.message : String(cause), cause)
}

function notJson(words: string, cause?: unknown): BodyError {
  return new BodyError(`the request body cannot be written as JSON: ${words}`, {
    code: 'encode',
    sent: 'no',
    target: '',
    cause,
  })
}
