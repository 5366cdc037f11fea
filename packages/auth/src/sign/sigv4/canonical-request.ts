import type { HeaderList } from '@halyard/core'
import { reencode, uriEncode } from './uri-encoding.ts'

/** How a service wants paths to be written. */
export interface PathRules {
  /** Without dot segments and empty ones. */
  readonly normalize: boolean
  /** What is encoded for the wire is encoded once more. */
  readonly encodeTwice: boolean
}

/** What is signed of a request. */
export interface Signable {
  readonly method: string
  /** Path and query as they are sent. */
  readonly path: string
  /** With `host`. */
  readonly headers: HeaderList
  readonly signedNames: readonly string[]
  /** In hexadecimal digits, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
  readonly rules: PathRules
}

/** The text whose hash is signed. */
export function canonicalRequest(request: Signable): string {
  const { method, path, headers, signedNames, payloadHash, rules } = request
  const [location, query] = splitPath(path)
  const fields = signedNames.map((name) => `${name}:${canonicalValue(headers.getAll(name))}\n`)
  return [
    method,
    canonicalPath(location, rules),
    canonicalQuery(query),
    fields.join(''),
    signedNames.join(';'),
    payloadHash,
  ].join('\n')
}

/** Before and after the question mark. */
export function splitPath(path: string): readonly [location: string, query: string] {
  const at = path.indexOf('?')
  return at === -1 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)]
}

export function canonicalPath(path: string, { normalize, encodeTwice }: PathRules): string {
  const clean = normalize ? normalized(path) : path
  const encoded = clean
    .split('/')
    .map(encodeTwice ? uriEncode : reencode)
    .join('/')
  return encoded === '' ? '/' : encoded
}

/** RFC 3986 §5.2.4, and no empty segments. */
function normalized(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
  }
  const last = segments.at(-1)
  const open = kept.length > 0 && (last === '' || last === '.' || last === '..')
  return `/${kept.join('/')}${open ? '/' : ''}`
}

/** Sorted by name, then by value, both encoded anew; a plus is a space. */
export function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): readonly [string, string] => {
      const at = pair.indexOf('=')
      const [name, value] = at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
      return [reencode(name.replaceAll('+', '%20')), reencode(value.replaceAll('+', '%20'))]
    })
    .toSorted((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** By code units: what is compared is ASCII. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function canonicalValue(values: readonly string[]): string {
  return values.map((value) => value.trim().replaceAll(/\s+/g, ' ')).join(',')
}

/** Fields that proxies and transports set, change or drop on the way. */
const changing = new Set([
  'authorization',
  'cache-control',
  'connection',
  'expect',
  'from',
  'keep-alive',
  'max-forwards',
  'pragma',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
])

/** The names to sign, sorted: all that reach the server as they are sent. */
export function signedNamesOf(headers: HeaderList, unsigned: ReadonlySet<string>): readonly string[] {
  const names = new Set<string>()
  for (const [name] of headers) {
    const lower = name.toLowerCase()
    if (!changing.has(lower) && !unsigned.has(lower)) names.add(lower)
  }
  return [...names].toSorted(compare)
}
