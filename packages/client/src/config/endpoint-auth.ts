import type { AuthProvider, AuthRule } from '@halyard/auth'
import { ConfigError } from '@halyard/core'
import type { EndpointLike } from '@halyard/resilience/balance'
import { authSpec } from './client-auth.ts'
import { originOf, type ClientEndpoint, type Endpoints } from './endpoint-tls.ts'

/** The credentials of endpoints: each is for its own origin, and for no other. */
export class EndpointAuth {
  /** Without them. */
  readonly endpoints: Endpoints
  readonly rules: AuthRule[] = []
  /** Of a list; a source tells of its endpoints later. */
  readonly origins: ReadonlySet<string> | undefined
  readonly #origins = new Set<string>()

  /** @throws ConfigError for what is no provider, or two for one origin. */
  constructor(endpoints: Endpoints) {
    const isSource = 'watch' in endpoints
    this.endpoints = isSource ? endpoints : endpoints.map((one, index) => this.#without(one, index))
    this.origins = isSource ? undefined : this.#origins
  }

  #without(endpoint: EndpointLike | ClientEndpoint, index: number): EndpointLike | ClientEndpoint {
    const isObject = typeof endpoint === 'object' && endpoint !== null && !(endpoint instanceof URL)
    const origin = originOf(isObject ? endpoint.url : endpoint)
    // What is no URL, the balancer refuses.
    if (origin !== undefined) this.#origins.add(origin)
    if (!isObject || !hasAuth(endpoint) || endpoint.auth === undefined) return endpoint
    const { auth, ...rest } = endpoint
    const option = `endpoints[${index}].auth`
    if (Array.isArray(auth)) throw new ConfigError({ option, value: auth, expected: 'one provider, or false' })
    authSpec(auth, option)
    if (origin === undefined) return rest
    if (this.rules.some(({ origins }) => Array.isArray(origins) && origins.includes(origin)))
      throw new ConfigError({ option, value: origin, expected: 'credentials once for each origin' })
    this.rules.push({ origins: [origin], auth })
    return rest
  }
}

/** Its own, and not one of a polluted `Object.prototype`. */
function hasAuth(endpoint: object): endpoint is { readonly url: string | URL; readonly auth: AuthProvider | false } {
  return Object.hasOwn(endpoint, 'auth')
}
