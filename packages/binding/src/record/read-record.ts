import type { HttpResponse } from '@halyard/core'
import { decodeForm } from '../form/decode-form.ts'
import type { FormReadOptions } from '../form/read-options.ts'
import { decodeJson } from '../json/decode-json.ts'
import type { JsonReadOptions } from '../json/read-options.ts'
import { DecodeError } from '../reading/decode-error.ts'
import { responseSource } from '../reading/response-source.ts'
import type { Source } from '../reading/source.ts'
import { decodeText } from '../text/decode-text.ts'
import type { XmlReadOptions } from '../xml/read-options.ts'
import { bind } from './bind.ts'
import { recordFormat } from './by-type.ts'
import { givenOption } from './given-option.ts'
import { bindHeaders } from './headers.ts'
import type { MatchCases, MatchResult } from './match-types.ts'
import { checkMediaType, matchStatus } from './match.ts'
import { bindNothing } from './nothing.ts'
import type { Schema } from './schema.ts'

/** How a record is read, whatever its format. */
export type RecordReadOptions = JsonReadOptions & XmlReadOptions & FormReadOptions

/**
 * Reads a response by its content type (JSON, XML, a form, text), whatever its status, and binds it to a schema: for
 * pipelines without the facade. An empty body is what the schema makes of nothing. In XML the record is under its
 * root element, unless `root` names it.
 * @throws HttpError where the body cannot be read, DecodeError, ValidationError, and BodyError with code `no-content`
 * where there is no body and the schema wants one.
 */
export async function readRecord<Output>(
  response: HttpResponse,
  schema: Schema<Output>,
  options: RecordReadOptions & { readonly validate: false },
): Promise<unknown>
export async function readRecord<Output>(
  response: HttpResponse,
  schema: Schema<Output>,
  options?: RecordReadOptions,
): Promise<Output>
export async function readRecord(
  response: HttpResponse,
  schema: Schema,
  options: RecordReadOptions = {},
): Promise<unknown> {
  const bytes = await response.body.bytes()
  return bindRecord(schema, bytes, responseSource(response), options)
}

/**
 * Reads a response as the case of its status says: {@link matchStatus} picks it, headers and body are bound to its
 * schemas. A body that the case does not want is discarded. `undefined` where no case matches; the body is then left
 * to the caller.
 * @throws as {@link readRecord}, MissingHeaderError, and ConfigError for cases that are none.
 */
export async function readMatch<const Cases extends MatchCases<Cases>>(
  response: HttpResponse,
  cases: Cases,
  options?: RecordReadOptions,
  source?: Source,
): Promise<MatchResult<Cases> | undefined>
export async function readMatch(
  response: HttpResponse,
  cases: MatchCases<object>,
  options: RecordReadOptions = {},
  source: Source = responseSource(response),
): Promise<unknown> {
  const { status, headers, body } = response
  try {
    const picked = matchStatus(cases, status)
    if (picked === undefined) return undefined
    const { mediaTypes, headers: headerSchema, body: bodySchema } = picked
    checkMediaType(mediaTypes, source)
    const bound = headerSchema === undefined ? headers : await bindHeaders(headerSchema, headers, source, options)
    if (bodySchema === undefined) {
      await body.discard()
      return { status, headers: bound, body: undefined }
    }
    const bytes = await body.bytes()
    return { status, headers: bound, body: await bindRecord(bodySchema, bytes, source, options) }
  } catch (error) {
    // Nobody else will read it.
    await body.discard()
    throw error
  }
}

/** Decodes a whole body by its content type, and binds it. @throws as {@link readRecord} */
export async function bindRecord(
  schema: Schema,
  bytes: Uint8Array,
  source: Source,
  options: RecordReadOptions,
): Promise<unknown> {
  if (bytes.byteLength === 0) {
    return givenOption(options, 'validate') === false ? undefined : bindNothing(schema, source)
  }
  const format = recordFormat(source, schema, options)
  switch (format) {
    case 'json':
      return bind(schema, decodeJson(bytes, source, options), source, { ...options, format: 'json' })
    case 'form':
      return bind(schema, decodeForm(bytes, source, options), source, { ...options, format: 'form' })
    case 'xml': {
      // Loaded where there is XML: most have none.
      const { decodeXml } = await import('../xml/decode-xml.ts')
      return bind(schema, decodeXml(bytes, source, options), source, { ...options, format: 'xml' })
    }
    default: {
      checkSize(bytes, source, options)
      const value = format === 'text' ? decodeText(bytes, source) : bytes
      // Neither has anything to convert.
      return bind(schema, value, source, { ...options, format: 'json', lax: false })
    }
  }
}

function checkSize(bytes: Uint8Array, source: Source, options: RecordReadOptions): void {
  const maxBytes = givenOption(options, 'maxBytes')
  const size = bytes.byteLength
  if (maxBytes === undefined || size <= maxBytes) return
  const facts = { code: 'too-large', receivedBytes: size } as const
  throw new DecodeError(source, `has ${size} bytes; maxBytes is ${maxBytes}`, facts)
}
