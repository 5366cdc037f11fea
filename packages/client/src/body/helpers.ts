import { formBody, type FormBodyOptions } from '@halyard/binding/form'
import { bytesBody, textBody } from '@halyard/core'
import { ownOption, prepared, PreparedBody } from './prepared-body.ts'

export interface MediaTypeOptions {
  readonly mediaType?: string | undefined
}

/** A text body, UTF-8. @defaultValue mediaType 'text/plain; charset=utf-8' */
export function text(value: string, options: MediaTypeOptions = {}): PreparedBody {
  return new PreparedBody(textBody(value, ownOption(options, 'mediaType')))
}

/** A body of bytes. @defaultValue mediaType 'application/octet-stream' */
export function bytes(value: Uint8Array | ArrayBuffer, options: MediaTypeOptions = {}): PreparedBody {
  const view = value instanceof Uint8Array ? value : new Uint8Array(value)
  return new PreparedBody(bytesBody(view, ownOption(options, 'mediaType') ?? 'application/octet-stream'))
}

/**
 * An HTML form's body; lists repeat the name, objects within are `name[key]`. `undefined` is left out, `null` is
 * refused, for a form cannot hold it.
 * @throws ValidationError (by the call) where the value does not fit the schema, BodyError where a form cannot hold it.
 * @defaultValue mediaType 'application/x-www-form-urlencoded'
 */
export function form(value: unknown, options?: FormBodyOptions): PreparedBody {
  return prepared(() => formBody(value, options ?? {}))
}
