import { ConfigError } from '@halyard/core'
import { optionObject, type OptionSpec } from '@halyard/core/options'
import { resolveJwt, type JwtOptions, type ResolvedJwt } from '../jwt/jwt-options.ts'
import { signJwt } from '../jwt/sign-jwt.ts'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { Secret } from '../secret/secret.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options } from './common-options.ts'
import type { Session } from './exchange.ts'
import { TokenFailure } from './oauth2-error.ts'
import { providerOf } from './oauth2-provider.ts'
import { nameOf, textOf, textSource, type TextSource } from './text-source.ts'

/** Options of `oauth2.jwtBearer`. */
export interface JwtBearerOptions extends OAuth2Options {
  /** The JWT itself, a function that makes one for each request, or what it is to be made of. */
  readonly assertion: TextSource | JwtOptions
}

type Assertion = Secret | (() => string | Promise<string>) | ResolvedJwt

const assertionSpec: OptionSpec<Assertion> = (value, option) => {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return textSource(value, option)
  if (Object.hasOwn(value, 'reuse')) {
    throw new ConfigError({
      option: `${option}.reuse`,
      value: 'reuse',
      expected: 'nothing: one is made for each request',
    })
  }
  return resolveJwt(value, option)
}

const spec = optionObject({ ...commonOptions, assertion: assertionSpec })

/**
 * A JWT for an access token (RFC 7523 §2.1). Where a refresh token comes along, the next token is had by that, and by the
 * assertion again once it is refused.
 * @throws ConfigError for wrong options
 */
export function jwtBearer(options: JwtBearerOptions): AuthProvider {
  const name = 'oauth2.jwtBearer'
  const own = spec(options, name)
  const assertion = needed(own.assertion, `${name}.assertion`)
  return providerOf(
    resolveCommon(own, name),
    {
      name: 'jwt-bearer',
      refreshes: true,
      obtain: async (client, session) => {
        const grant = ['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'] as const
        const proof = ['assertion', await assertionOf(assertion, session)] as const
        return await client.tokens({ fields: [grant, proof, ...client.options.fields], repeatable: true }, session)
      },
    },
    [isSigned(assertion) ? JSON.stringify(assertion.claims) : nameOf(assertion)],
  )
}

function isSigned(assertion: Assertion): assertion is ResolvedJwt {
  return typeof assertion === 'object' && !(assertion instanceof Secret)
}

async function assertionOf(assertion: Assertion, session: Session): Promise<string> {
  if (!isSigned(assertion)) return await textOf(assertion, 'assertion', session)
  try {
    return await signJwt(assertion, session.runtime)
  } catch (error) {
    throw new TokenFailure('the assertion could not be signed', { cause: error })
  }
}
