import { decodeJson } from '@halyard/binding/json'
import { bind, type RecordReadOptions, type Schema, type Source } from '@halyard/binding/record'
import { formatOf, jsonLines, type JsonLinesOptions } from '@halyard/streaming/ndjson'
import { schemaOption } from '../config/binding-config.ts'
import { ItemSource } from './item-source.ts'

/** What a reader of lines may be told. */
export type LineOptions = Pick<JsonLinesOptions, 'maxLineBytes'>

export const acceptLines = 'application/x-ndjson, application/jsonl, application/json-seq, application/ndjson'

/** The values of a body of JSON lines, or of a JSON text sequence, by its content type. */
export function lineReader(
  chunks: () => AsyncIterable<Uint8Array>,
  schema: Schema | undefined,
  source: Source,
  binding: RecordReadOptions | undefined,
  options: LineOptions | undefined,
): AsyncIterable<unknown> {
  const bound = schema === undefined ? undefined : schemaOption(schema, 'schema')
  return jsonLines(chunks(), {
    ...options,
    format: formatOf(source.mediaType),
    target: source.target,
    parse: (bytes, line) => {
      const item = new ItemSource(source, `line ${line}`)
      const value = decodeJson(bytes, item, binding)
      return bound === undefined ? value : bind(bound, value, item, { ...binding, format: 'json' })
    },
  })
}

/** @throws ConfigError, before anything is sent */
export function checkLineOptions(schema: Schema | undefined, options: LineOptions | undefined): void {
  if (schema !== undefined) schemaOption(schema, 'schema')
  jsonLines(nothing, options)
}

const nothing: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
}
