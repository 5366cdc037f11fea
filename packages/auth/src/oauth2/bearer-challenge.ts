import { isToken } from '@halyard/core'

/** Errors of RFC 6750 §3.1 that another token of the same kind does not change. */
const lasting = new Set(['invalid_request', 'insufficient_scope'])

/** Whether a new token may help after these `WWW-Authenticate` fields: unless a Bearer challenge says otherwise. */
export function mayRenew(fields: readonly string[]): boolean {
  const errors = fields.flatMap(bearerErrors)
  return errors.length === 0 || errors.some((error) => !lasting.has(error))
}

/** The `error` of each Bearer challenge in a field (RFC 9110 §11.6.1); other schemes are passed over. Linear in its length. */
export function bearerErrors(field: string): readonly string[] {
  const errors: string[] = []
  let scheme = ''
  for (const item of itemsOf(field)) {
    const equals = item.indexOf('=')
    const head = (equals === -1 ? item : item.slice(0, equals)).trim()
    const space = head.search(/[ \t]/)
    // `Bearer`, `Bearer realm="x"` or `Bearer dG9rZW4=`: a scheme stands before a space, or alone.
    if (space !== -1) scheme = head.slice(0, space).toLowerCase()
    else if (equals === -1) scheme = head.toLowerCase()
    const name = (space === -1 ? head : head.slice(space + 1).trim()).toLowerCase()
    if (equals === -1 || scheme !== 'bearer' || name !== 'error') continue
    errors.push(unquoted(item.slice(equals + 1).trim()))
  }
  return errors
}

/** Parts between commas that are not inside of quotes. */
function itemsOf(field: string): string[] {
  const items: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < field.length; at += 1) {
    const character = field[at]
    if (isQuoted && character === '\\') at += 1
    else if (character === '"') isQuoted = !isQuoted
    else if (character === ',' && !isQuoted) {
      items.push(field.slice(start, at))
      start = at + 1
    }
  }
  items.push(field.slice(start))
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

function unquoted(value: string): string {
  if (isToken(value)) return value
  return value.replace(/^"/, '').replace(/"$/, '').replaceAll(/\\(.)/g, '$1')
}
