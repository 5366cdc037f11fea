import { ConfigError } from '../errors/config-error.ts'

export type QueryScalar = string | number | boolean | bigint | Date
export type QueryValue = QueryScalar | readonly (QueryScalar | null | undefined)[] | QueryObject | null | undefined
export interface QueryObject {
  readonly [name: string]: QueryValue
}
/** What a caller may give as `query`; `undefined` and `null` are left out. */
export type QueryInit = QueryObject | URLSearchParams

/**
 * How arrays and objects are written: `repeat` a=1&a=2 · `comma` a=1,2 · `brackets` a[]=1&a[]=2 ·
 * `deepObject` a[b]=1 for objects (and a=1&a=2 for arrays).
 */
export type QueryStyle = 'repeat' | 'comma' | 'brackets' | 'deepObject'

/** Deeper objects are refused: nothing that reads queries goes further. */
const maxDepth = 16

/** Encodes by RFC 3986: everything but unreserved characters is percent-encoded; a space is `%20`. No leading `?`. */
export function encodeQuery(query: QueryInit, style: QueryStyle = 'repeat'): string {
  const pairs: string[] = []
  if (query instanceof URLSearchParams) {
    for (const [name, value] of query) pairs.push(`${encode(name)}=${encode(value)}`)
    return pairs.join('&')
  }
  for (const name of Object.keys(query)) write(pairs, encode(name), query[name], style, name, 0)
  return pairs.join('&')
}

function write(
  pairs: string[],
  key: string,
  value: QueryValue,
  style: QueryStyle,
  option: string,
  depth: number,
): void {
  if (value === undefined || value === null) return
  if (isList(value)) {
    const items = value.filter((item) => item !== undefined && item !== null).map((item) => scalar(item, option))
    if (style === 'comma') {
      if (items.length > 0) pairs.push(`${key}=${items.join(',')}`)
    } else for (const item of items) pairs.push(`${key}${style === 'brackets' ? '%5B%5D' : ''}=${item}`)
    return
  }
  if (isObject(value)) {
    if (style !== 'deepObject') {
      throw new ConfigError({
        option: `query.${option}`,
        value,
        expected: 'a string, number, boolean, bigint, Date or array of them',
        hint: "objects need queryStyle: 'deepObject'",
      })
    }
    if (depth >= maxDepth)
      throw new ConfigError({ option: `query.${option}`, value, expected: `at most ${maxDepth} levels` })
    for (const name of Object.keys(value))
      write(pairs, `${key}%5B${encode(name)}%5D`, value[name], style, option, depth + 1)
    return
  }
  pairs.push(`${key}=${scalar(value, option)}`)
}

function scalar(value: unknown, option: string): string {
  switch (typeof value) {
    case 'string':
      return encode(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      if (Number.isFinite(value)) return encode(String(value))
      break
    default:
      if (value instanceof Date && !Number.isNaN(value.getTime())) return encode(value.toISOString())
  }
  throw new ConfigError({
    option: `query.${option}`,
    value,
    expected: 'a string, finite number, boolean, bigint, valid Date or array of them',
  })
}

function isList(value: QueryValue): value is readonly (QueryScalar | null | undefined)[] {
  return Array.isArray(value)
}

function isObject(value: QueryValue): value is QueryObject {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

/** `encodeURIComponent` leaves `!'()*`, which RFC 3986 reserves; lone surrogates, which it refuses, become U+FFFD. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
