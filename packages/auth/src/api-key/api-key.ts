import { AuthError, ConfigError, describeTarget, httpRequest, isToken, type HttpRequest } from '@halyard/core'
import { guarded, string } from '@halyard/core/options'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { faultOf, secretText, type SecretSource } from '../secret/secret-value.ts'
import { quietObject } from '../secret/quiet-object.ts'
import { Secret } from '../secret/secret.ts'

export interface ApiKeyOptions {
  /** The field that carries it. This or `query`. */
  readonly header?: string | undefined
  /** The parameter that carries it. Servers write down URLs: prefer a header where there is one. */
  readonly query?: string | undefined
  /** The key, or a function that is asked for each attempt. */
  readonly value: SecretSource
}

/** Fields that say how a message is framed and sent on: no place for a key. */
const framing = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'te', 'trailer', 'upgrade'])

const readOptions = quietObject({
  header: (given: unknown, option) => {
    const name = string(given, option)
    if (isToken(name) && !framing.has(name.toLowerCase())) return name
    throw new ConfigError({ option, value: name, expected: 'the name of a header field that may carry a key' })
  },
  query: (given: unknown, option) => {
    const name = string(given, option)
    if (name !== '' && faultOf(name) === undefined) return name
    throw new ConfigError({ option, value: name, expected: 'the name of a parameter' })
  },
  value: guarded(
    (given): given is SecretSource =>
      typeof given === 'string' || typeof given === 'function' || given instanceof Secret,
    'a key, a Secret or a function',
  ),
})

/**
 * A key in a header field or in the query. A call that sets the field or the parameter itself keeps its own.
 *
 * @example
 * ```ts
 * createClient('https://api.example.com', { auth: apiKey({ header: 'x-api-key', value: process.env.KEY ?? '' }) })
 * ```
 * @throws ConfigError; the key is not in it. What a function gives is checked when it gives it: AuthError.
 */
export function apiKey(options: ApiKeyOptions): AuthProvider {
  const { header, query, value } = readOptions(options, 'apiKey')
  if ((header === undefined) === (query === undefined)) {
    throw new ConfigError({ option: 'apiKey', value: options, expected: 'either `header` or `query`' })
  }
  const carrying =
    header === undefined
      ? (request: HttpRequest, key: string) => withParameter(request, query ?? '', key)
      : (request: HttpRequest, key: string) => request.with({ headers: request.headers.with(header, key) })
  const sets = header === undefined ? [] : [header.toLowerCase()]
  if (typeof value !== 'function') {
    const key = secretText(value)
    const fault = faultOfKey(key, header !== undefined)
    if (key === undefined || fault !== undefined)
      throw new ConfigError({ option: 'apiKey.value', value: fault ?? typeof value, expected: 'a key' })
    return { name: 'api-key', sets, apply: (request) => carrying(request, key) }
  }
  return {
    name: 'api-key',
    sets,
    apply: async (request) => {
      const key = secretText(await value())
      const fault = faultOfKey(key, header !== undefined)
      if (key !== undefined && fault === undefined) return carrying(request, key)
      const target = describeTarget(request)
      const message = `${target}: the function given to apiKey() gave no key: ${fault ?? 'something else than text'}`
      throw new AuthError(message, { sent: 'no', target })
    },
  }
}

/** What is wrong with a key, in words that hold nothing of it. */
function faultOfKey(key: string | undefined, inHeader: boolean): string | undefined {
  if (key === undefined) return undefined
  if (key === '') return 'nothing'
  const fault = faultOf(key)
  if (fault !== undefined || !inHeader) return fault
  // A field's value is trimmed (RFC 9110 §5.5): another key would arrive than was given.
  if (key.trim() !== key) return 'white space around it'
  return /^[\x20-\x7e]*$/.test(key) ? undefined : 'characters beyond ASCII'
}

function withParameter(request: HttpRequest, name: string, key: string): HttpRequest {
  const { method, origin, path, headers, body } = request
  const start = path.indexOf('?')
  if (start !== -1 && new URLSearchParams(path.slice(start)).has(name)) return request
  const joint = start === -1 ? '?' : path.endsWith('?') || path.endsWith('&') ? '' : '&'
  const parameter = `${encodeURIComponent(name)}=${encodeURIComponent(key)}`
  return httpRequest({ method, origin, path: path + joint + parameter, headers, body })
}
