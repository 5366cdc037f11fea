import { textBody, type RequestBody } from '@halyard/core'
import { string } from '@halyard/core/options'
import { ownOption } from '../reading/own-option.ts'
import { encodeBySchema } from '../record/encode.ts'
import type { Schema } from '../record/schema.ts'
import type { XmlWriteOptions } from './write-options.ts'
import { writeXml } from './write-xml.ts'

export interface XmlBodyOptions extends XmlWriteOptions {
  /** What is sent is what the schema makes of the value: codecs of zod encode it, others check it. */
  readonly schema?: Schema | undefined
  /** @defaultValue 'application/xml' */
  readonly mediaType?: string | undefined
}

/**
 * An XML body, in UTF-8. A promise only where the schema is asynchronous.
 * @throws BodyError, ConfigError as `writeXml`; ValidationError where the value does not fit the schema.
 */
export function xmlBody(value: unknown, options?: XmlBodyOptions & { readonly schema?: undefined }): RequestBody
export function xmlBody(value: unknown, options: XmlBodyOptions): RequestBody | Promise<RequestBody>
export function xmlBody(value: unknown, options: XmlBodyOptions = {}): RequestBody | Promise<RequestBody> {
  const mediaType = ownOption(options, 'mediaType', string) ?? 'application/xml'
  const schema = Object.hasOwn(options, 'schema') ? options.schema : undefined
  if (schema === undefined) return textBody(writeXml(value, options), mediaType)
  const encoded = encodeBySchema(schema, value)
  if (!(encoded instanceof Promise)) return textBody(writeXml(encoded, options), mediaType)
  return encoded.then((ready: unknown) => textBody(writeXml(ready, options), mediaType))
}
