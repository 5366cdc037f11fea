import type { RequestBody } from '@halyard/core'
import { encodedBody } from '../record/encoded-body.ts'
import type { Schema } from '../record/schema.ts'
import { writeJson } from './write-json.ts'

export interface JsonBodyOptions {
  /** What is sent is what the schema makes of the value: codecs of zod encode it, others check it. */
  readonly schema?: Schema | undefined
  /** Default `application/json`. */
  readonly mediaType?: string | undefined
}

/**
 * A JSON body, UTF-8. A promise only where the schema is asynchronous.
 *
 * - `bigint`: a number of as many digits as it has, inside of anything. A `toJSON` of its own goes first, if a program
 *   gave `BigInt.prototype` one.
 * - `Date`: its ISO 8601 text. Whatever has a `toJSON` is written by that.
 * - `undefined`, functions and symbols: left out where they are members of an object; refused in arrays and on their
 *   own, where JSON would have `null` or nothing.
 * - `NaN`, infinities and invalid dates: refused; JSON would have `null`.
 * - Promises, errors, Maps, Sets, bytes and other objects that would become `{}` or a list of bytes: refused.
 * - Lone surrogates: written as escapes, so they come back. `-0` comes back as `0`.
 *
 * @throws BodyError with code `encode` for what is refused, for objects that hold themselves and for what nests deeper
 * than the engine can write; it names the path. ValidationError where the value does not fit the schema.
 */
export function jsonBody(value: unknown, options?: JsonBodyOptions & { readonly schema?: undefined }): RequestBody
export function jsonBody(value: unknown, options?: JsonBodyOptions): RequestBody | Promise<RequestBody>
export function jsonBody(value: unknown, options?: JsonBodyOptions): RequestBody | Promise<RequestBody> {
  return encodedBody(value, options, 'application/json', writeJson)
}
