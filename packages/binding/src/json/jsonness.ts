import { parseMediaType } from '@halyard/core'
import { formatOf } from '../record/media.ts'

/** Whether a media type is JSON, may be mislabelled JSON (`maybe`), or is something else. */
export type Jsonness = 'yes' | 'maybe' | 'no'

/**
 * JSON is `application/json`, `text/json` and whatever ends in `+json` (RFC 6839, WHATWG MIME sniffing), parameters
 * or not. Taken leniently, so are `application/vnd.x.json` and any other `…/json`, and no type, one that cannot be parsed
 * and `text/plain` may be.
 */
export function jsonness(type: string | undefined, strict: boolean): Jsonness {
  if (type === 'application/json' || type?.startsWith('application/json;') === true) return 'yes'
  const parsed = parseMediaType(type)
  if (parsed === undefined) return strict ? 'no' : 'maybe'
  const { essence, subtype, suffix } = parsed
  if (suffix === 'json' || essence === 'application/json' || essence === 'text/json') return 'yes'
  if (strict) return 'no'
  if (subtype === 'json' || formatOf(essence) === 'json') return 'yes'
  return essence === 'text/plain' ? 'maybe' : 'no'
}
