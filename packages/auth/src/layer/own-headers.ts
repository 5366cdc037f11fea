import type { Call, HttpRequest } from '@halyard/core'

/** Whether the call itself says something of one of these fields (`names` in lower case): then it is not to be replaced. */
export function saysItself(call: Call, request: HttpRequest, names: readonly string[]): boolean {
  const { options } = call
  if (!Object.hasOwn(options, 'headers')) return false
  const headers = options['headers']
  if (typeof headers !== 'object' || headers === null) return false
  if (!isIterable(headers)) return Object.keys(headers).some((name) => names.includes(name.toLowerCase()))
  const iterator = headers[Symbol.iterator]()
  // One that can be read once was read when the request was made: what it said can only be seen there.
  if (Object.is(iterator, headers)) return names.some((name) => request.headers.has(name))
  for (const entry of headers) {
    const name: unknown = Array.isArray(entry) ? entry[0] : undefined
    if (typeof name === 'string' && names.includes(name.toLowerCase())) return true
  }
  return false
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
}
