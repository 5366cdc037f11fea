import { optionObject } from '@halyard/core/options'
import { secretText } from '../jwt/key-options.ts'
import type { AuthProvider } from '../provider/auth-provider.ts'
import type { Secret } from '../secret/secret.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options } from './common-options.ts'
import { providerOf } from './oauth2-provider.ts'
import { NoOtherWay, refreshed } from './token-keeper.ts'

/** Options of `oauth2.refreshToken`. */
export interface RefreshTokenOptions extends OAuth2Options {
  readonly refreshToken: string | Secret
}

const spec = optionObject({ ...commonOptions, refreshToken: secretText })

/**
 * A refresh token that was had elsewhere (RFC 6749 §6). Where the server replaces it, the new one counts from then on, in
 * the store too; without a store the next process has but the old one, which such servers refuse.
 * @throws ConfigError for wrong options
 */
export function refreshToken(options: RefreshTokenOptions): AuthProvider {
  const name = 'oauth2.refreshToken'
  const own = spec(options, name)
  const first = needed(own.refreshToken, `${name}.refreshToken`)
  return providerOf(
    resolveCommon(own, name),
    {
      name: 'refresh_token',
      refreshes: true,
      obtain: (client, session, wasRefused) => {
        // What was stored under this name began with this token: it was used up.
        if (wasRefused) return Promise.reject(new NoOtherWay('the refresh token was refused'))
        return refreshed(client, session, first.reveal())
      },
    },
    [first.reveal()],
  )
}
