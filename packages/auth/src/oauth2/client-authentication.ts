import { randomUUID } from 'node:crypto'
import { ConfigError, type HeaderList } from '@halyard/core'
import type { OptionSpec } from '@halyard/core/options'
import { resolveJwt, type JwtOptions, type ResolvedJwt } from '../jwt/jwt-options.ts'
import { signJwt } from '../jwt/sign-jwt.ts'
import type { Secret } from '../secret/secret.ts'
import type { Session } from './exchange.ts'
import { basicOfClient } from './form.ts'
import { TokenFailure } from './oauth2-error.ts'
import { within } from './within.ts'

/**
 * How a client proves who it is by a JWT (RFC 7523 §2.2): `private_key_jwt`, or `client_secret_jwt` with an algorithm
 * `HS…`. Issuer and subject are the client's id, `jti` is new each time.
 */
export type ClientAssertionOptions = Omit<JwtOptions, 'issuer' | 'subject' | 'jwtId' | 'reuse'>

/** A JWT that somebody else makes, for each request to the token endpoint. */
export type AssertionMaker = () => string | Promise<string>

export interface ClientIdentity {
  readonly clientId: string | undefined
  readonly clientSecret: Secret | undefined
  readonly credentialBearer: 'header' | 'body'
  readonly clientAssertion: ResolvedJwt | AssertionMaker | undefined
}

/** What a request has to carry of it. */
export interface Proof {
  readonly headers: HeaderList
  readonly fields: readonly (readonly [string, string])[]
  /** What must not be repeated in messages. */
  readonly secrets: readonly string[]
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** An assertion is used at once. */
const assertionMs = 60_000

const isMaker = (value: unknown): value is AssertionMaker => typeof value === 'function'

/** Options of an assertion: a function, or what {@link JwtOptions} has beside what is filled in here. */
export function clientAssertion(
  clientId: string | undefined,
  given: unknown,
  option: string,
): ResolvedJwt | AssertionMaker {
  if (isMaker(given)) return given
  if (typeof given !== 'object' || given === null) {
    throw new ConfigError({ option, value: typeof given, expected: 'options of a JWT, or a function that makes one' })
  }
  for (const name of ['issuer', 'subject', 'jwtId', 'reuse']) {
    if (!Object.hasOwn(given, name)) continue
    throw new ConfigError({ option: `${option}.${name}`, value: name, expected: 'nothing: it is set for each request' })
  }
  return resolveJwt({ expiresInMs: assertionMs, ...given, issuer: clientId, subject: clientId }, option)
}

/** Any value: it is looked at together with the client's id. */
export const deferred: OptionSpec<unknown> = (value) => value

/** How a client proves who it is to the endpoint at `url` (RFC 6749 §2.3). Without a secret, it only says so. */
export async function proofOf(identity: ClientIdentity, url: URL, session: Session): Promise<Proof> {
  const { clientId, clientSecret, credentialBearer, clientAssertion: assertion } = identity
  const { headers } = session.http
  if (assertion !== undefined) {
    const made = await makeAssertion(assertion, url, session)
    const id: readonly (readonly [string, string])[] = clientId === undefined ? [] : [['client_id', clientId]]
    const fields = [...id, ['client_assertion_type', assertionType], ['client_assertion', made]] as const
    return { headers, fields, secrets: [made] }
  }
  if (clientId === undefined) return { headers, fields: [], secrets: [] }
  if (clientSecret === undefined) return { headers, fields: [['client_id', clientId]], secrets: [] }
  const secret = clientSecret.reveal()
  if (credentialBearer === 'body') {
    const fields = [
      ['client_id', clientId],
      ['client_secret', secret],
    ] as const
    return { headers, fields, secrets: [secret] }
  }
  const basic = basicOfClient(clientId, secret)
  return { headers: headers.with('authorization', basic), fields: [], secrets: [secret, basic.slice('Basic '.length)] }
}

async function makeAssertion(assertion: ResolvedJwt | AssertionMaker, url: URL, session: Session): Promise<string> {
  try {
    if (isMaker(assertion)) {
      const made: unknown = await within(assertion, 'the client assertion', session)
      if (typeof made === 'string' && made !== '') return made
    } else {
      const audience = assertion.claims['aud'] ?? url.href
      return await signJwt(assertion, session.runtime, { aud: audience, jti: randomUUID() })
    }
  } catch (error) {
    if (error instanceof TokenFailure) throw error
    throw new TokenFailure('the client assertion could not be made', { cause: error })
  }
  throw new TokenFailure('the client assertion is no text')
}
