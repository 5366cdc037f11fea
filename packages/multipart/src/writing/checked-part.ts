import { ConfigError, headerList, type HeaderList, type HeadersInit } from '@halyard/core'
import { optionObject, string, type OptionSpec } from '@halyard/core/options'

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

function checkedHeaders(value: unknown): HeaderList {
  if (isHeaders(value)) return headerList(value)
  throw new ConfigError({ option: 'headers', value: typeof value, expected: 'an object, a list or an iterable' })
}

/** What its entries are, the list checks. */
function isHeaders(value: unknown): value is HeadersInit {
  return typeof value === 'object' && value !== null
}
