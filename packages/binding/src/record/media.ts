import { parseMediaType } from '@halyard/core'

/** What a payload can be decoded as. */
export type Format = 'json' | 'xml' | 'form' | 'text' | 'bytes'

const json = /^(?:[^+]*[.-])?json$/
const xml = /^(?:[^+]*[.-])?xml$/
const form = /(?:^|[.+-])x-www-form-urlencoded$/
const bytes = /(?:^|[.+-])octet-stream$/

/**
 * The format that a media type names; `undefined` for none, for one that cannot be parsed, and for those that are not
 * data, such as `image/png`. Parameters do not count. Suffixes (RFC 6839) do, whatever the type: `application/hal+json`
 * is JSON, `image/svg+xml` XML. Other types of `text/*` are text.
 */
export function formatOf(mediaType: string | undefined): Format | undefined {
  if (mediaType === 'application/json') return 'json'
  const parsed = parseMediaType(mediaType)
  if (parsed === undefined) return undefined
  const { type, subtype, suffix } = parsed
  if (suffix === 'json' || suffix === 'xml') return suffix
  if (type !== 'application' && type !== 'text') return undefined
  if (json.test(subtype)) return 'json'
  if (xml.test(subtype)) return 'xml'
  if (type === 'text') return 'text'
  if (form.test(subtype)) return 'form'
  return bytes.test(subtype) ? 'bytes' : undefined
}

/** The `accept` field of a request whose answer is read so; `record` takes what has a format, JSON first. */
export function acceptFor(format: 'json' | 'xml' | 'form' | 'text' | 'record' | 'any'): string {
  switch (format) {
    case 'json':
      return 'application/json'
    case 'xml':
      return 'application/xml, text/xml;q=0.9'
    case 'form':
      return 'application/x-www-form-urlencoded'
    case 'text':
      return 'text/plain, text/*;q=0.9, */*;q=0.8'
    case 'record':
      return 'application/json, application/xml;q=0.9, text/xml;q=0.8, application/x-www-form-urlencoded;q=0.7'
    default:
      return '*/*'
  }
}
