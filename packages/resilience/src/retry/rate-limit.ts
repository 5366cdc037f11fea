import type { HeaderList } from '@halyard/core'

/** More of a field is not looked at. */
const mostCharacters = 4096

/**
 * Milliseconds until a spent quota is filled again, by `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers): `"default";r=0;t=30` is 30 seconds. Without `t` it is the policy's window `w`.
 * Of several spent quotas the last to be filled counts. `undefined` where none is spent, or nothing says when it is over.
 */
export function rateLimitMs(headers: HeaderList): number | undefined {
  if (!headers.has('ratelimit')) return undefined
  let longest: number | undefined
  for (const { name, parameters } of items(headers.getAll('ratelimit'))) {
    if (parameters.get('r') !== 0) continue
    const seconds = parameters.get('t') ?? windowOf(name, headers)
    if (seconds !== undefined && seconds * 1000 > (longest ?? -1)) longest = seconds * 1000
  }
  return longest
}

function windowOf(name: string, headers: HeaderList): number | undefined {
  return items(headers.getAll('ratelimit-policy'))
    .find((policy) => policy.name === name)
    ?.parameters.get('w')
}

interface Item {
  readonly name: string
  /** Those that are whole numbers, 0 or more. */
  readonly parameters: ReadonlyMap<string, number>
}

const key = /^[a-z*][a-z0-9_\-.*]*$/
const wholeNumber = /^\d{1,15}$/

/** The members of a structured field that is a list (RFC 9651 §3.1), with those parameters that are whole numbers. */
function items(values: readonly string[]): Item[] {
  const text = values.join(',')
  return text.length > mostCharacters ? [] : splitOutsideStrings(text, ',').map((member) => itemOf(member))
}

function itemOf(member: string): Item {
  const [name = '', ...pairs] = splitOutsideStrings(member, ';')
  const parameters = new Map<string, number>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const [before, after] = [pair.slice(0, equals), pair.slice(equals + 1)]
    if (equals !== -1 && key.test(before) && wholeNumber.test(after)) parameters.set(before, Number(after))
  }
  return { name, parameters }
}

/** The parts between the separators that stand in no string, trimmed. */
function splitOutsideStrings(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') inString = !inString
    else if (inString && character === '\\') at += 1
    else if (!inString && character === separator) {
      parts.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  parts.push(text.slice(from).trim())
  return parts
}
