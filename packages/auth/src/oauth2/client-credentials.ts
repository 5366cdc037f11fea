import { optionObject } from '@halyard/core/options'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options } from './common-options.ts'
import type { Grant } from './grant.ts'
import { providerOf } from './oauth2-provider.ts'

/** Options of `oauth2.clientCredentials`. */
export interface ClientCredentialsOptions extends OAuth2Options {
  readonly clientId: string
}

const spec = optionObject(commonOptions)

/**
 * The client's own access (RFC 6749 §4.4). A token that is over is asked for anew in the same way.
 *
 * @example
 * ```ts
 * const auth = oauth2.clientCredentials({ issuer: 'https://login.example.com', clientId: 'me', clientSecret: secret })
 * ```
 * @throws ConfigError for wrong options
 */
export function clientCredentials(options: ClientCredentialsOptions): AuthProvider {
  const name = 'oauth2.clientCredentials'
  const own = spec(options, name)
  needed(own.clientId, `${name}.clientId`)
  return providerOf(resolveCommon(own, name), grant, [])
}

const grant: Grant = {
  name: 'client_credentials',
  // RFC 6749 §4.4.3: there should be none.
  refreshes: false,
  obtain: (client, session) => {
    const fields = [['grant_type', 'client_credentials'] as const, ...client.options.fields]
    return client.tokens({ fields, repeatable: true }, session)
  },
}
