import { jsonBody, type JsonBodyOptions } from '@halyard/binding/json'
import { prepared, type PreparedBody } from './prepared-body.ts'

/**
 * A JSON body, of a string too. With a schema the value is encoded by it (codecs of zod), or validated, before it is
 * sent.
 * @throws ValidationError (by the call) where the value does not fit the schema, BodyError where it has no JSON.
 */
export function json(value: unknown, options?: JsonBodyOptions): PreparedBody {
  return prepared(() => jsonBody(value, options))
}
