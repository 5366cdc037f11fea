import { ConfigError, headerList, type HeaderList, type HeadersInit } from '@halyard/core'
import { optionObject, string, type OptionSpec } from '@halyard/core/options'
import type { PartBody } from './part-body.ts'

/** What is said of a part, beside its content. */
export interface PartFields {
  /** The field of a form. */
  readonly name?: string | undefined
  /** @defaultValue a File's name; in a form, `blob` for a Blob */
  readonly filename?: string | undefined
  /** @defaultValue what the body says; in a form, none for text */
  readonly mediaType?: string | undefined
  /** More headers. A `content-disposition` or `content-type` here replaces the one that would be written. */
  readonly headers?: HeadersInit | undefined
  /** Written as `content-id: <…>`; `start` of `multipart/related` and `cid:` links refer to it. */
  readonly contentId?: string | undefined
}

/** A part to be written. */
export interface PartInit extends PartFields {
  readonly body: PartBody
}

/** What is said of a part as it was given and checked. */
export interface CheckedFields {
  readonly name: string | undefined
  readonly filename: string | undefined
  readonly mediaType: string | undefined
  readonly headers: HeaderList | undefined
  readonly contentId: string | undefined
}

/** A part as it was given and checked; of the body, that there is one. */
export interface CheckedPart extends CheckedFields {
  readonly body: unknown
}

const fields = { name: string, filename: string, mediaType: string, headers: checkedHeaders, contentId: string }

/** Own fields only, unknown ones refused. */
export const partFields: OptionSpec<CheckedFields> = optionObject(fields)

export const partInit: OptionSpec<CheckedPart> = optionObject({ ...fields, body: (value: unknown) => value })

export function isPartInit(value: object): value is PartInit {
  return Object.hasOwn(value, 'body')
}

function checkedHeaders(value: unknown): HeaderList {
  if (isHeaders(value)) return headerList(value)
  throw new ConfigError({ option: 'headers', value: typeof value, expected: 'an object, a list or an iterable' })
}

/** What its entries are, the list checks. */
function isHeaders(value: unknown): value is HeadersInit {
  return typeof value === 'object' && value !== null
}
