import { bytesBody, encodeQuery, textBody, type QueryInit } from '@halyard/core'
import { ownOption, PreparedBody } from './prepared-body.ts'

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

/** An HTML form's body; arrays repeat the name. @defaultValue mediaType 'application/x-www-form-urlencoded' */
export function form(value: QueryInit, options: MediaTypeOptions = {}): PreparedBody {
  const encoded = value instanceof URLSearchParams ? value.toString() : encodeQuery(value).replaceAll('%20', '+')
  return new PreparedBody(textBody(encoded, ownOption(options, 'mediaType') ?? 'application/x-www-form-urlencoded'))
}
