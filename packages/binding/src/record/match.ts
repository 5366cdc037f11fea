import { ConfigError, parseMediaType } from '@halyard/core'
import { DecodeError } from '../reading/decode-error.ts'
import type { Source } from '../reading/source.ts'
import type { MatchCases, MatchParts } from './match-types.ts'
import { isSchema, type Schema } from './schema.ts'

/** The case of a status, in one form. */
export interface PickedCase {
  /** The key that was picked: `404`, `4xx` or `default`. */
  readonly key: string
  readonly body: Schema | undefined
  readonly headers: Schema | undefined
  /** Empty where any will do. */
  readonly mediaTypes: readonly string[]
}

const exactKey = /^[1-5]\d\d$/
const classKey = /^[1-5]xx$/

/**
 * The case of a status: an exact code before its class (`4xx`) before `default`; `undefined` where there is none.
 * A code beyond 599 counts as 5xx (RFC 9110 §15). What was picked stays picked: if the response does not fit it, that
 * is an error.
 * @throws ConfigError for a key that is no status and for a case that is no schema.
 */
export function matchStatus<const Cases extends MatchCases<Cases>>(
  cases: Cases,
  status: number,
): PickedCase | undefined {
  for (const key of Object.keys(cases)) {
    if (!exactKey.test(key) && !classKey.test(key) && key !== 'default') {
      throw new ConfigError({ option: 'match', value: key, expected: "a status, a class such as '4xx', or 'default'" })
    }
  }
  const firstDigit = Math.min(5, Math.trunc(status / 100))
  for (const key of [String(status), `${firstDigit}xx`, 'default']) {
    if (Object.hasOwn(cases, key)) return picked(key, Reflect.get(cases, key))
  }
  return undefined
}

function picked(key: string, value: unknown): PickedCase {
  if (value === null || value === undefined) return { key, body: undefined, headers: undefined, mediaTypes: [] }
  if (isSchema(value)) return { key, body: value, headers: undefined, mediaTypes: [] }
  if (typeof value !== 'object') throw notACase(key, value)
  for (const name of Object.keys(value)) {
    if (name !== 'body' && name !== 'headers' && name !== 'mediaType') throw notACase(`${key}.${name}`, name)
  }
  return {
    key,
    body: schemaIn(key, value, 'body'),
    headers: schemaIn(key, value, 'headers'),
    mediaTypes: mediaTypesIn(key, value),
  }
}

function schemaIn(key: string, parts: MatchParts, name: 'body' | 'headers'): Schema | undefined {
  const schema: unknown = Object.hasOwn(parts, name) ? parts[name] : undefined
  if (schema === undefined || schema === null) return undefined
  if (!isSchema(schema)) throw notACase(`${key}.${name}`, schema)
  return schema
}

function mediaTypesIn(key: string, parts: MatchParts): readonly string[] {
  const given: unknown = Object.hasOwn(parts, 'mediaType') ? parts.mediaType : undefined
  if (given === undefined) return []
  const types: readonly unknown[] = Array.isArray(given) ? given : [given]
  return types.map((type) => {
    const essence = typeof type === 'string' ? parseMediaType(type)?.essence : undefined
    if (essence !== undefined) return essence
    throw new ConfigError({ option: `match.${key}.mediaType`, value: type, expected: 'a media type' })
  })
}

function notACase(path: string, value: unknown): ConfigError {
  const expected = 'a schema, null, or an object with body, headers or mediaType'
  return new ConfigError({ option: `match.${path}`, value, expected })
}

/**
 * Refuses a response whose content type is not what its case wants; parameters do not count.
 * @throws DecodeError naming both.
 */
export function checkMediaType(mediaTypes: readonly string[], source: Source): void {
  if (mediaTypes.length === 0) return
  const { mediaType } = source
  const essence = parseMediaType(mediaType)?.essence
  if (essence !== undefined && mediaTypes.includes(essence)) return
  const came = mediaType === undefined ? 'has no content type' : `is ${mediaType.slice(0, 100)}`
  throw new DecodeError(source, `${came}; asked for ${mediaTypes.join(' or ')}`)
}
