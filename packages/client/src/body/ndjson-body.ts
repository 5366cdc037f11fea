import { jsonBody } from '@halyard/binding/json'
import type { Schema } from '@halyard/binding/record'
import { ndjsonBody, type JsonFormat, type JsonItems } from '@halyard/streaming/ndjson'
import type { RequestBody } from '@halyard/core'
import { ownOption, prepared, type PreparedBody } from './prepared-body.ts'

export interface NdjsonOptions {
  /** `lines`: a JSON text a line. `sequence`: JSON text sequences (RFC 7464). @defaultValue 'lines' */
  readonly format?: JsonFormat | undefined
  /** @defaultValue 'application/x-ndjson'; for a sequence 'application/json-seq' */
  readonly mediaType?: string | undefined
  /** What each item is encoded by, or validated. */
  readonly schema?: Schema | undefined
}

/**
 * A body of JSON values, one a line, each sent when it is there. An array can be sent again, and what a function gives;
 * other iterables once.
 * @throws BodyError with code `encode` (by the call) for an item without a JSON form, ValidationError for one that does
 * not fit the schema; ConfigError for what is no iterable.
 */
export function ndjson(items: JsonItems | (() => JsonItems), options: NdjsonOptions = {}): PreparedBody {
  const schema = ownOption(options, 'schema')
  return prepared(() =>
    ndjsonBody(items, {
      format: ownOption(options, 'format'),
      mediaType: ownOption(options, 'mediaType'),
      encode: (item) => {
        const body = jsonBody(item, { schema })
        return body instanceof Promise ? body.then(bytesOf) : bytesOf(body)
      },
    }),
  )
}

function bytesOf(body: RequestBody): Uint8Array {
  const opened = body.open()
  if (opened instanceof Uint8Array) return opened
  throw new TypeError('a JSON body is bytes')
}
