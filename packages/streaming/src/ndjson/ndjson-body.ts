import { ConfigError, factoryBody, type RequestBody, streamBody } from '@halyard/core'
import { guarded, oneOf, optionObject, string } from '@halyard/core/options'
import { leavable, type Visit } from '../iteration/visit.ts'
import { checkText, type EncodeItem, itemFault, stringify } from './encode-item.ts'
import { GatheredTexts, sizeOf } from './gathered-texts.ts'
import { isPromise, ItemSource, type JsonItems } from './item-source.ts'
import type { JsonFormat } from './json-format.ts'

export interface NdjsonBodyOptions {
  /**
   * `lines` for NDJSON; `sequence` for JSON text sequences (RFC 7464).
   * @defaultValue `lines`
   */
  readonly format?: JsonFormat | undefined
  /** @defaultValue `application/x-ndjson`; for a sequence `application/json-seq` */
  readonly mediaType?: string | undefined
  /** @defaultValue `JSON.stringify` */
  readonly encode?: EncodeItem | undefined
}

const bodyOptions = optionObject({
  format: oneOf('lines', 'sequence'),
  mediaType: string,
  encode: guarded((value): value is EncodeItem => typeof value === 'function', 'a function'),
})

/** Texts are joined up to here. */
const joinBytes = 65_536

/**
 * A body of JSON texts: a line each, or RS, text and LF (RFC 7464). An array can be sent again, and so can what a function
 * gives; other iterables can be sent once. What is there already is sent together, in chunks of 64 KiB; an item never
 * waits for the one behind it. A body that is left stops where its items come from.
 *
 * @throws ConfigError for what is no iterable, and wrong options, at once. Sending it fails by BodyError `encode` for an
 * item without a JSON form: `undefined`, functions, symbols, promises, big integers, objects that hold themselves.
 */
export function ndjsonBody(items: JsonItems | (() => JsonItems), options: NdjsonBodyOptions = {}): RequestBody {
  const { format = 'lines', mediaType, encode = stringify } = bodyOptions(options, '')
  const contentType = mediaType ?? (format === 'lines' ? 'application/x-ndjson' : 'application/json-seq')
  const open = (given: JsonItems): AsyncIterable<Uint8Array> =>
    leavable(
      (visit) => chunksOf(given, { format, encode }, visit),
      () => new ItemSource(given).close(),
    )
  if (typeof items === 'function') return factoryBody(() => open(checked(items())), { contentType })
  const given = checked(items)
  return Array.isArray(given)
    ? factoryBody(() => open(given), { contentType })
    : streamBody(open(given), { contentType })
}

/** Text and bytes are iterables, too, of what nobody means. */
function checked(items: JsonItems): JsonItems {
  const value: unknown = items
  const isIterable =
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  if (isIterable && !ArrayBuffer.isView(value)) return items
  const expected = 'an iterable of items, or a function that gives one'
  throw new ConfigError({ option: 'items', value, expected })
}

interface Writing {
  readonly format: JsonFormat
  readonly encode: EncodeItem
}

async function* chunksOf(
  items: JsonItems,
  { format, encode }: Writing,
  visit: Visit,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new ItemSource(items)
  const gathered = new GatheredTexts()
  try {
    for (let index = 0; ; index += 1) {
      const next = source.next()
      if (next instanceof Promise && gathered.size > 0 && !(await isSettled(next))) yield gathered.take()
      const item = next instanceof Promise ? await visit.until(next) : next
      if (item === undefined || item.done === true) break
      const encoded = encodedItem(encode, item.value, format, index)
      if (encoded instanceof Promise && gathered.size > 0 && !(await isSettled(encoded))) yield gathered.take()
      const text = encoded instanceof Promise ? await visit.until(encoded) : encoded
      if (text === undefined) break
      if (gathered.size > 0 && gathered.size + sizeOf(text) + 2 > joinBytes) yield gathered.take()
      if (format === 'sequence') gathered.add('\x1e')
      gathered.add(text)
      gathered.add('\n')
    }
    if (!visit.left && gathered.size > 0) yield gathered.take()
  } finally {
    await source.close()
  }
}

function encodedItem(
  encode: EncodeItem,
  item: unknown,
  format: JsonFormat,
  index: number,
): string | Uint8Array | Promise<string | Uint8Array> {
  const checkedText = (text: string | Uint8Array): string | Uint8Array => {
    if (encode !== stringify) checkText(text, format)
    return text
  }
  const fail = (failure: unknown): never => {
    throw itemFault(failure, format, index)
  }
  try {
    const text = encode(item, index)
    return isPromise(text) ? Promise.resolve(text).then(checkedText).catch(fail) : checkedText(text)
  } catch (failure) {
    return fail(failure)
  }
}

/** Turns of the microtask queue that an async generator takes to give what it has. */
const turns = 8

/** Whether a promise has settled by the time that whatever can run without waiting has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  promise.then(settle, settle)
  for (let turn = 0; turn < turns && !settled; turn += 1) await Promise.resolve()
  return settled
}
