import { ConfigError } from '@halyard/core'
import { optionObject, string } from '@halyard/core/options'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options } from './common-options.ts'
import { providerOf } from './oauth2-provider.ts'
import { nameOf, textOf, textSource, type TextSource } from './text-source.ts'

/** Options of `oauth2.tokenExchange`. */
export interface TokenExchangeOptions extends OAuth2Options {
  /** The token to exchange: of whom the new one speaks. */
  readonly subjectToken: TextSource
  /** @defaultValue `urn:ietf:params:oauth:token-type:access_token` */
  readonly subjectTokenType?: string | undefined
  /** Of who acts for the subject. */
  readonly actorToken?: TextSource | undefined
  /** Needed with `actorToken`. @defaultValue as that of the subject token */
  readonly actorTokenType?: string | undefined
  readonly requestedTokenType?: string | undefined
}

const spec = optionObject({
  ...commonOptions,
  subjectToken: textSource,
  subjectTokenType: string,
  actorToken: textSource,
  actorTokenType: string,
  requestedTokenType: string,
})

const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

/**
 * One token for another (RFC 8693), as a service does that calls the next one for its caller.
 * @throws ConfigError for wrong options
 */
export function tokenExchange(options: TokenExchangeOptions): AuthProvider {
  const name = 'oauth2.tokenExchange'
  const own = spec(options, name)
  const subject = needed(own.subjectToken, `${name}.subjectToken`)
  const { actorToken, requestedTokenType } = own
  if (actorToken === undefined && own.actorTokenType !== undefined) {
    throw new ConfigError({ option: `${name}.actorToken`, value: undefined, expected: 'a token with actorTokenType' })
  }
  const subjectTokenType = own.subjectTokenType ?? accessToken
  const actorTokenType = own.actorTokenType ?? subjectTokenType
  return providerOf(
    resolveCommon(own, name),
    {
      name: 'token-exchange',
      // RFC 8693 §2.2.1: a refresh token is not usual here; the subject token is asked for again.
      refreshes: false,
      obtain: async (client, session) => {
        const fields: (readonly [string, string])[] = [
          ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
          ['subject_token', await textOf(subject, 'subject token', session)],
          ['subject_token_type', subjectTokenType],
        ]
        if (actorToken !== undefined) {
          fields.push(
            ['actor_token', await textOf(actorToken, 'actor token', session)],
            ['actor_token_type', actorTokenType],
          )
        }
        if (requestedTokenType !== undefined) fields.push(['requested_token_type', requestedTokenType])
        fields.push(...client.options.fields)
        return await client.tokens({ fields, repeatable: true }, session)
      },
    },
    [nameOf(subject), subjectTokenType, actorToken === undefined ? '' : nameOf(actorToken), requestedTokenType ?? ''],
  )
}
