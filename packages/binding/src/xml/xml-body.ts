import type { RequestBody } from '@halyard/core'
import { encodedBody } from '../record/encoded-body.ts'
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
  return encodedBody(value, options, 'application/xml', (ready) => writeXml(ready, options))
}
