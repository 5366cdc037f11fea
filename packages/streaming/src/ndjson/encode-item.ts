import { BodyError, isHttpError } from '@halyard/core'
import { isPromise } from './item-source.ts'
import { itemName, type JsonFormat } from './json-format.ts'

/** Writes one item as a JSON text, without what delimits it. `index` counts from 0. */
export type EncodeItem = (item: unknown, index: number) => string | Uint8Array | Promise<string | Uint8Array>

/** The item as `JSON.stringify` has it. */
export const stringify: EncodeItem = (item) => {
  if (isPromise(item)) throw new TypeError('it is a Promise (is an `await` missing?)')
  const text: unknown = JSON.stringify(item)
  if (typeof text === 'string') return text
  const kind = typeof item
  throw new TypeError(`${kind === 'undefined' ? kind : `a value of type ${kind}`} has no JSON form`)
}

/** The error of an item that cannot be sent. An HttpError stays what it is. */
export function itemFault(failure: unknown, format: JsonFormat, index: number): unknown {
  if (isHttpError(failure)) return failure
  return new BodyError(`${itemName(format, index + 1)} of the request body cannot be written as JSON`, {
    code: 'encode',
    sent: 'maybe',
    target: '',
    cause: failure,
  })
}

const lineFeed = 0x0a
const recordSeparator = 0x1e

/** @throws TypeError for a text that would end before its end */
export function checkText(text: string | Uint8Array, format: JsonFormat): void {
  const delimiter = format === 'lines' ? lineFeed : recordSeparator
  const at = typeof text === 'string' ? text.indexOf(String.fromCharCode(delimiter)) : text.indexOf(delimiter)
  if (at !== -1) throw new TypeError(`the text has ${format === 'lines' ? 'a line end' : 'a record separator'} in it`)
}
