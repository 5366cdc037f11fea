import { textBody, type RequestBody } from '@halyard/core'
import { string } from '@halyard/core/options'
import { ownOption } from '../reading/own-option.ts'
import { encodeBySchema } from './encode.ts'
import type { Schema } from './schema.ts'

/** What every body helper may be told. */
interface BodyOptions {
  readonly schema?: Schema | undefined
  readonly mediaType?: string | undefined
}

/** The body of what `write` makes of a value, or of what its schema makes of it. A promise only where the schema is one. */
export function encodedBody(
  value: unknown,
  options: BodyOptions | undefined,
  defaultType: string,
  write: (value: unknown) => string,
): RequestBody | Promise<RequestBody> {
  const mediaType = ownOption(options, 'mediaType', string) ?? defaultType
  const schema = options !== undefined && Object.hasOwn(options, 'schema') ? options.schema : undefined
  if (schema === undefined) return textBody(write(value), mediaType)
  const encoded = encodeBySchema(schema, value)
  if (!(encoded instanceof Promise)) return textBody(write(encoded), mediaType)
  return encoded.then((ready: unknown) => textBody(write(ready), mediaType))
}
