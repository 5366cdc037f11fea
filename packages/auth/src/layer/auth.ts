import { callKey, type Call, type CallKey, type HttpRequest, type Middleware } from '@halyard/core'
import type { AuthProvider } from '../provider/auth-provider.ts'
import type { AuthCallOptions, AuthOptions, AuthRule } from './auth-options.ts'
import { Application } from './application.ts'
import { providerOrFalse, resolveAuth, type ResolvedAuth } from './read-options.ts'

/** The layer that sends credentials. */
export interface AuthLayer extends Middleware<AuthCallOptions> {
  /** The header fields that its providers set, and those that it was told of, in lower case: they stay on their origin. */
  readonly secretHeaders: readonly string[]
}

/**
 * Sends credentials with requests to the origins they are for, made anew for each attempt, and to no other origin: neither
 * after a redirect, nor with a retry or a failover. Where the server answers 401 and the provider knows better, the request
 * is sent once more, if its body can be. Place it as the innermost layer, so that signatures cover what is sent.
 *
 * What a call sets itself in `headers` stands: the provider of the same field is left out.
 *
 * @example
 * ```ts
 * auth(basic('ada', password), { origins: ['https://api.example.com'] })
 * auth([
 *   { origins: ['https://a.example'], auth: basic('ada', password) },
 *   { origins: ['https://b.example'], auth: bearer(token) },
 * ])
 * ```
 * @throws ConfigError. Calls fail with an AuthError where a provider has no credentials.
 */
export function auth(credentials: AuthProvider | readonly AuthRule[], options: AuthOptions = {}): AuthLayer {
  const resolved = resolveAuth(credentials, options)
  return {
    name: 'auth',
    secretHeaders: secretHeadersOf(resolved),
    wrap: (next, runtime) => (request, call) => {
      const provider = providerFor(resolved, request, call)
      return provider === undefined ? next(request, call) : new Application(provider, next, runtime).send(request, call)
    },
  }
}

/** Where a call with credentials of its own began. */
const beganAt: CallKey<string> = callKey('auth.began-at')

function providerFor(resolved: ResolvedAuth, request: HttpRequest, call: Call): AuthProvider | undefined {
  const { origin } = request
  const own: unknown = Object.hasOwn(call.options, 'auth') ? call.options['auth'] : undefined
  if (own === undefined) {
    const auth = resolved.rules.find(({ covers }) => covers(origin))?.auth
    return auth === false ? undefined : auth
  }
  const provider = providerOrFalse(own, 'auth')
  if (provider === false) return undefined
  const began = call.get(beganAt)
  if (began === undefined) call.set(beganAt, origin)
  else if (began !== origin && !(resolved.home(began) && resolved.home(origin))) return undefined
  return provider
}

function secretHeadersOf({ rules, secretHeaders }: ResolvedAuth): readonly string[] {
  const set = rules.flatMap(({ auth: provider }) => (provider === false ? [] : (provider.sets ?? [])))
  return [...new Set(['authorization', ...set, ...secretHeaders].map((name) => name.toLowerCase()))]
}
