import { optionObject, string } from '@halyard/core/options'
import { secretText } from '../jwt/key-options.ts'
import type { AuthProvider } from '../provider/auth-provider.ts'
import type { Secret } from '../secret/secret.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options } from './common-options.ts'
import { providerOf } from './oauth2-provider.ts'

/** Options of `oauth2.password`. */
export interface PasswordOptions extends OAuth2Options {
  readonly username: string
  readonly password: string | Secret
}

const spec = optionObject({ ...commonOptions, username: string, password: secretText })

/**
 * A person's name and password (RFC 6749 §4.3), for servers that know no better: RFC 9700 §2.4 advises against it. Where a
 * refresh token comes along, the next token is had by that, and by the password again once it is refused.
 * @throws ConfigError for wrong options
 */
export function password(options: PasswordOptions): AuthProvider {
  const name = 'oauth2.password'
  const own = spec(options, name)
  const username = needed(own.username, `${name}.username`)
  const secret = needed(own.password, `${name}.password`)
  return providerOf(
    resolveCommon(own, name),
    {
      name: 'password',
      refreshes: true,
      obtain: (client, session) => {
        const who = [
          ['grant_type', 'password'],
          ['username', username],
          ['password', secret.reveal()],
        ] as const
        return client.tokens({ fields: [...who, ...client.options.fields], repeatable: true }, session)
      },
    },
    [username],
  )
}
