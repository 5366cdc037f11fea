import { ConfigError } from '../errors/config-error.ts'

/** RFC 9110 §5.6.2: the characters of a token, which is what a method and a field name are. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const notToken = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
/** RFC 9110 §5.5: tab, space, visible ASCII and obs-text; no CR, LF, NUL or other control. */
const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/

export function isToken(text: string): boolean {
  return token.test(text)
}

/** Throws `ConfigError` unless `name` and `value` may go on the wire. The value is never printed: it may be a secret. */
export function checkHeader(name: string, value: string): void {
  if (typeof name !== 'string' || !token.test(name)) {
    // Up to where it goes wrong: `authorization: Bearer …` given as a name holds a secret.
    const shown = typeof name === 'string' ? name.slice(0, name.search(notToken) + 1) : name
    throw new ConfigError({ option: 'headers', value: shown, expected: 'field names made of token characters' })
  }
  if (typeof value !== 'string') {
    throw new ConfigError({ option: `headers["${name}"]`, value: typeof value, expected: 'a string' })
  }
  const at = value.search(illegalInValue)
  if (at === -1) return
  const code = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
  throw new ConfigError({
    option: `headers["${name}"]`,
    value: `U+${code} at index ${at}`,
    expected: 'no CR, LF, NUL or other character outside of ISO-8859-1',
  })
}

/** Known to be tokens: most calls use one of them. */
const common = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** Throws `ConfigError` unless `method` is a token (RFC 9110 §9.1). */
export function checkMethod(method: string): void {
  if (!common.has(method) && (typeof method !== 'string' || !token.test(method))) {
    throw new ConfigError({ option: 'method', value: method, expected: 'a token such as GET' })
  }
}
