import type { RequestBody } from '@halyard/core'
import { encodedBody } from '../record/encoded-body.ts'
import type { Schema } from '../record/schema.ts'
import { writeForm } from './encode-form.ts'

export interface FormBodyOptions {
  /** What is sent is what the schema makes of the value: codecs of zod encode it, others check it. */
  readonly schema?: Schema | undefined
  /** Default `application/x-www-form-urlencoded`. */
  readonly mediaType?: string | undefined
}

/**
 * The body of a form; see `encodeForm` for what becomes of values. A promise only where the schema is
 * asynchronous.
 * @throws BodyError with code `encode`, and ValidationError where the value does not fit the schema.
 */
export function formBody(value: object, options?: FormBodyOptions & { readonly schema?: undefined }): RequestBody
export function formBody(value: unknown, options: FormBodyOptions): RequestBody | Promise<RequestBody>
export function formBody(value: unknown, options?: FormBodyOptions): RequestBody | Promise<RequestBody> {
  return encodedBody(value, options, 'application/x-www-form-urlencoded', writeForm)
}
