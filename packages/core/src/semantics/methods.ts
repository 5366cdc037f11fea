/** RFC 9110 §9.2.1: methods that ask for nothing to change. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])
/** RFC 9110 §9.2.2: safe methods, and those whose repetition changes nothing more. */
const idempotent = new Set([...safe, 'PUT', 'DELETE'])

export function isSafe(method: string): boolean {
  return safe.has(method)
}

export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}
