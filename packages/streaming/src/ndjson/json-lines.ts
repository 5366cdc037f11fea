import { isUtf8 } from 'node:buffer'
import { isHttpError, ValidationError } from '@halyard/core'
import { guarded, integer, oneOf, optionObject, string } from '@halyard/core/options'
import { ChunkSource, leaveUnread } from '../iteration/chunk-source.ts'
import { leavable, type Visit } from '../iteration/visit.ts'
import { isPromise } from './item-source.ts'
import type { JsonFormat } from './json-format.ts'
import { LineSplitter } from './line-splitter.ts'
import { SequenceSplitter } from './sequence-splitter.ts'
import { JsonFaults, type TextSplitter } from './text-splitter.ts'

export interface JsonLinesOptions {
  /**
   * `lines` for NDJSON; `sequence` for JSON text sequences (RFC 7464).
   * @defaultValue `lines`
   */
  readonly format?: JsonFormat | undefined
  /**
   * The bytes of one line without its end, or of one element; more is a BodyError `too-large`.
   * @defaultValue 1_048_576
   */
  readonly maxLineBytes?: number | undefined
  /**
   * For messages: method and URL without its query.
   * @defaultValue none
   */
  readonly target?: string | undefined
}

/**
 * Makes a value of the UTF-8 of one JSON text. `line` is the number of its line from 1, blank ones counted, or its place
 * in the sequence.
 */
export type ParseLine<T> = (bytes: Uint8Array, line: number) => T | Promise<T>

const lineOptions = optionObject({
  format: oneOf('lines', 'sequence'),
  maxLineBytes: integer({ min: 1 }),
  target: string,
  parse: guarded((value): value is ParseLine<unknown> => typeof value === 'function', 'a function'),
})

/**
 * The values of a stream of JSON texts, each as soon as its line has come. Lines end with LF or CRLF, the last one
 * perhaps with neither; blank ones are skipped, and so is a byte order mark at the start. Leaving, also while a value is
 * awaited, lets go of the chunks.
 *
 * @throws ConfigError for wrong options, at once. BodyError `decode`, with the number of the line and nothing of what it
 * holds, for one that is no JSON, no UTF-8, or cut short; `too-large` for one beyond `maxLineBytes`. What `parse` throws:
 * an HttpError or ValidationError as it is, anything else as the cause of such a BodyError. What the chunks throw, as it is.
 */
export function jsonLines<T>(
  chunks: AsyncIterable<Uint8Array>,
  options: JsonLinesOptions & {
    /** What is made of each text. @defaultValue `JSON.parse` */
    readonly parse: ParseLine<T>
  },
): AsyncIterable<T>
export function jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  options?: JsonLinesOptions & { readonly parse?: undefined },
): AsyncIterable<unknown>
export function jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  options: JsonLinesOptions & { readonly parse?: ParseLine<unknown> | undefined } = {},
): AsyncIterable<unknown> {
  const { format = 'lines', maxLineBytes = 1_048_576, target = '', parse } = lineOptions(options, '')
  const faults = new JsonFaults(format, target, maxLineBytes)
  return leavable(
    (visit) => {
      const splitter =
        format === 'lines' ? new LineSplitter(faults, maxLineBytes) : new SequenceSplitter(faults, maxLineBytes)
      return valuesOf(chunks, new LineReader(splitter, faults, parse, visit), visit)
    },
    () => leaveUnread(chunks),
  )
}

async function* valuesOf(
  chunks: AsyncIterable<Uint8Array>,
  lines: LineReader,
  visit: Visit,
): AsyncGenerator<unknown, void, undefined> {
  const source = new ChunkSource(chunks, visit)
  const { splitter } = lines
  try {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      splitter.push(chunk)
      for (let bytes = splitter.take(); bytes !== undefined; bytes = splitter.take()) {
        const value = lines.read(bytes)
        const item = value instanceof Promise ? await lines.settled(value) : value
        if (visit.left) return
        yield item
      }
    }
    const last = visit.left ? undefined : splitter.end()
    if (last === undefined) return
    const value = lines.read(last)
    const item = value instanceof Promise ? await lines.settled(value) : value
    if (!visit.left) yield item
  } finally {
    await source.close()
  }
}

/** Makes values of the texts of one stream. */
class LineReader {
  readonly splitter: TextSplitter
  readonly #faults: JsonFaults
  readonly #parse: ParseLine<unknown> | undefined
  readonly #visit: Visit

  constructor(splitter: TextSplitter, faults: JsonFaults, parse: ParseLine<unknown> | undefined, visit: Visit) {
    this.splitter = splitter
    this.#faults = faults
    this.#parse = parse
    this.#visit = visit
  }

  read(bytes: Buffer): unknown {
    const { number } = this.splitter
    if (!isUtf8(bytes)) throw this.#faults.malformed(number, 'is not UTF-8')
    if (this.#parse === undefined) return this.#json(bytes)
    try {
      const value = this.#parse(bytes, number)
      return isPromise(value) ? Promise.resolve(value) : value
    } catch (failure) {
      throw this.#refused(failure)
    }
  }

  /** What a promise of `parse` gives; anything at all where nobody is left to take it. */
  async settled(value: Promise<unknown>): Promise<unknown> {
    try {
      return await this.#visit.until(value)
    } catch (failure) {
      throw this.#refused(failure)
    }
  }

  #json(bytes: Buffer): unknown {
    try {
      return JSON.parse(bytes.toString('utf8'))
    } catch {
      // The engine's own words quote the text.
      throw this.#faults.malformed(this.splitter.number, 'is not JSON')
    }
  }

  #refused(failure: unknown): unknown {
    return isHttpError(failure) || failure instanceof ValidationError
      ? failure
      : this.#faults.malformed(this.splitter.number, 'cannot be read', failure)
  }
}
