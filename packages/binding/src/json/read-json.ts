import type { HttpResponse } from '@halyard/core'
import { boolean } from '@halyard/core/options'
import { ownOption } from '../reading/own-option.ts'
import { responseSource } from '../reading/response-source.ts'
import { bind } from '../record/bind.ts'
import { bindNothing } from '../record/nothing.ts'
import type { Schema } from '../record/schema.ts'
import { decodeJson } from './decode-json.ts'
import type { JsonReadOptions } from './read-options.ts'

/**
 * Reads a response as JSON, whatever its status, and binds it to a schema: for pipelines without the facade. An empty
 * body is `undefined` without a schema, and with one what the schema makes of nothing.
 * @throws HttpError where the body cannot be read, DecodeError (see {@link decodeJson}), ValidationError, and
 * BodyError with code `no-content` where there is no body and the schema wants one.
 */
export async function readJson(response: HttpResponse, schema?: undefined, options?: JsonReadOptions): Promise<unknown>
export async function readJson<Output>(
  response: HttpResponse,
  schema: Schema<Output>,
  options: JsonReadOptions & { readonly validate: false },
): Promise<unknown>
export async function readJson<Output>(
  response: HttpResponse,
  schema: Schema<Output>,
  options?: JsonReadOptions,
): Promise<Output>
export async function readJson(response: HttpResponse, schema?: Schema, options?: JsonReadOptions): Promise<unknown> {
  const bytes = await response.body.bytes()
  const source = responseSource(response)
  if (bytes.byteLength === 0) {
    const unchecked = schema === undefined || ownOption(options, 'validate', boolean) === false
    return unchecked ? undefined : bindNothing(schema, source)
  }
  const value = decodeJson(bytes, source, options)
  return schema === undefined ? value : bind(schema, value, source, { ...options, format: 'json' })
}
