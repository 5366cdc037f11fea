import { AuthError, ConfigError, describeTarget, type Call, type HttpRequest } from '@halyard/core'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { secretText, type SecretSource, type SecretText } from '../secret/secret-value.ts'

/** RFC 6750 §2.1. */
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/
const expected = 'a token: letters, digits and -._~+/, perhaps with = at the end'

/**
 * The Bearer scheme (RFC 6750). A function is asked for each attempt, and may wait; what it keeps is its own affair. After
 * a 401 it is asked once more, and a token other than the one before is tried once.
 *
 * @example
 * ```ts
 * createClient('https://api.example.com', { auth: bearer(() => tokens.current()) })
 * ```
 * @throws ConfigError for a token that is none (RFC 6750 §2.1). What a function gives is checked when it gives it: AuthError.
 */
export function bearer(token: SecretSource): AuthProvider {
  if (typeof token === 'function') return asked(token)
  const value = secretText(token)
  if (value === undefined || !b64token.test(value)) {
    throw new ConfigError({
      option: 'bearer.token',
      value: value === undefined ? typeof token : `${value.length} characters`,
      expected,
    })
  }
  return { name: 'bearer', apply: (request) => carrying(request, value) }
}

function asked(source: () => SecretText | Promise<SecretText>): AuthProvider {
  const used = new WeakMap<Call, string>()
  const current = async (request: HttpRequest): Promise<string> => {
    const value = secretText(await source())
    if (value !== undefined && b64token.test(value)) return value
    const target = describeTarget(request)
    throw new AuthError(`${target}: the function given to bearer() gave something else than ${expected}`, {
      sent: 'no',
      target,
    })
  }
  return {
    name: 'bearer',
    apply: async (request, call) => {
      const value = await current(request)
      used.set(call, value)
      return carrying(request, value)
    },
    challenge: async (_response, request, call) => {
      const value = await current(request)
      return value === used.get(call) ? undefined : carrying(request, value)
    },
  }
}

function carrying(request: HttpRequest, token: string): HttpRequest {
  return request.with({ headers: request.headers.with('authorization', `Bearer ${token}`) })
}
