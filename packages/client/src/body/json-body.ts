import { BodyError, textBody, type RequestBody } from '@halyard/core'
import { validate, type Schema } from '../readers/validate.ts'
import { ownOption, PreparedBody } from './prepared-body.ts'

export interface JsonBodyOptions {
  /** Checks the value before it is sent; what the schema makes of it is sent. */
  readonly schema?: Schema | undefined
  /** @defaultValue 'application/json' */
  readonly mediaType?: string | undefined
}

/**
 * A JSON body, also of a string or of bytes' owner.
 * @throws ValidationError (by the call) where the value does not fit the schema, BodyError where it has no JSON.
 */
export function json(value: unknown, options: JsonBodyOptions = {}): PreparedBody {
  const mediaType = ownOption(options, 'mediaType') ?? 'application/json'
  const schema = ownOption(options, 'schema')
  try {
    if (schema === undefined) return new PreparedBody(encodeJson(value, mediaType))
    const checked = validate(schema, value, () => ({ at: 'request', target: 'json()', mediaType }))
    if (!(checked instanceof Promise)) return new PreparedBody(encodeJson(checked, mediaType))
    return later(checked.then((valid) => encodeJson(valid, mediaType)))
  } catch (failure) {
    return later(Promise.reject(failure))
  }
}

/** The call that sends it reports the failure; one that is never sent harms nobody. */
function later(body: Promise<RequestBody>): PreparedBody {
  body.catch(() => undefined)
  return new PreparedBody(body)
}

export function encodeJson(value: unknown, mediaType = 'application/json'): RequestBody {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw notJson(cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (text === undefined) throw notJson(`a ${typeof value} has no JSON form`)
  return textBody(text, mediaType)
}

function notJson(words: string, cause?: unknown): BodyError {
  return new BodyError(`the request body cannot be written as JSON: ${words}`, {
    code: 'encode',
    sent: 'no',
    target: '',
    cause,
  })
}
