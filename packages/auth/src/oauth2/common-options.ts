import { createHash } from 'node:crypto'
import { ConfigError, type Call, type HttpHandler, type HttpRequest, type Runtime } from '@halyard/core'
import { durationMs, guarded, number, oneOf, string, type OptionSpec } from '@halyard/core/options'
import { secretText } from '../jwt/key-options.ts'
import type { ResolvedJwt } from '../jwt/jwt-options.ts'
import type { Secret } from '../secret/secret.ts'
import {
  clientAssertion,
  deferred,
  type AssertionMaker,
  type ClientAssertionOptions,
  type ClientIdentity,
} from './client-authentication.ts'
import { checkClearText, endpointUrl } from './endpoint-url.ts'
import type { FormFields } from './form.ts'
import { httpSpec, type Requester, type ResolvedHttp, type TokenHttpOptions } from './http-options.ts'
import { resolveParams, type OptionalParams } from './optional-params.ts'
import type { TokenStore } from './token-store.ts'

/** An access token, for those who present it in a way of their own. */
export interface PresentedToken {
  readonly accessToken: Secret
  readonly tokenType: string
  readonly scope: string | undefined
}

/** Puts a token on a request: for types other than `Bearer`, as `DPoP`. */
export type PresentToken = (
  token: PresentedToken,
  request: HttpRequest,
  call: Call,
  runtime: Runtime,
) => HttpRequest | Promise<HttpRequest>

/** What all grants of OAuth 2.0 have in common. Times are in milliseconds. */
export interface OAuth2Options {
  /** The token endpoint. https, or loopback. Either this or `issuer` is needed. */
  readonly tokenUrl?: string | URL | undefined
  /**
   * The authorization server. Its endpoints are found in its metadata (OpenID Connect Discovery 1.0, RFC 8414), whose
   * `issuer` must be this very text.
   */
  readonly issuer?: string | undefined
  readonly clientId?: string | undefined
  readonly clientSecret?: string | Secret | undefined
  /** A list is joined by spaces. */
  readonly scopes?: string | readonly string[] | undefined
  /** `audience`, as some servers want it. */
  readonly audience?: string | readonly string[] | undefined
  /** What the token is for: absolute URIs (RFC 8707). */
  readonly resource?: string | readonly string[] | undefined
  /** More fields of the form; they are encoded, and cannot replace those of the protocol. */
  readonly optionalParams?: OptionalParams | undefined
  /** Where the client's secret goes (RFC 6749 §2.3.1). @defaultValue `header` */
  readonly credentialBearer?: 'header' | 'body' | undefined
  /**
   * Proves the client by a JWT instead of a secret (RFC 7523 §2.2). Its audience is the token endpoint unless given.
   * Neither this nor a secret: the client says its id alone, as public clients and those with mutual TLS do (RFC 8705 §2).
   */
  readonly clientAssertion?: ClientAssertionOptions | AssertionMaker | undefined
  /** How much earlier than it says a token is taken to expire. @defaultValue 0 */
  readonly clockSkewMs?: number | undefined
  /** The life of a token that says nothing, or nonsense, of it. @defaultValue 3_600_000 */
  readonly defaultExpiresInMs?: number | undefined
  /**
   * How long before its expiry a token is replaced while calls go on with it; at most half of its life. 0: not before it
   * has expired. @defaultValue 30_000
   */
  readonly refreshEarlyMs?: number | undefined
  /** Where tokens are kept beyond the process. @defaultValue nowhere */
  readonly store?: TokenStore | undefined
  /** How the authorization server is spoken to. @defaultValue through the bare transport of the client that asks */
  readonly http?: HttpHandler | Requester | TokenHttpOptions | undefined
  /** Puts the token on requests. @defaultValue `authorization: Bearer …`; tokens of other types are refused */
  readonly present?: PresentToken | undefined
}

/** Options as checked. */
export interface ResolvedOAuth2 {
  readonly tokenUrl: URL | undefined
  readonly issuer: string | undefined
  readonly identity: ClientIdentity
  /** scope, audience and resource, then those of the caller. */
  readonly fields: FormFields
  /** Values of `optionalParams`: nobody knows which are secret. */
  readonly ownValues: readonly string[]
  readonly scope: string | undefined
  readonly clockSkewMs: number
  readonly defaultExpiresInMs: number
  readonly refreshEarlyMs: number
  readonly store: TokenStore | undefined
  readonly http: ResolvedHttp
  readonly present: PresentToken | undefined
}

const texts: OptionSpec<readonly string[]> = (value, option) => {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  const found = list.filter((one) => typeof one === 'string').map((one) => one.trim())
  if (found.length === list.length && !found.includes('')) return found
  throw new ConfigError({ option, value: typeof value, expected: 'text that is not empty, or a list of such' })
}

const resource: OptionSpec<readonly string[]> = (value, option) => {
  const found = texts(value, option)
  for (const one of found) {
    if (URL.canParse(one) && !one.includes('#')) continue
    throw new ConfigError({ option, value: one, expected: 'an absolute URI without a fragment (RFC 8707)' })
  }
  return found
}

const issuer: OptionSpec<string> = (value, option) => {
  const url = endpointUrl(string(value, option), option)
  if (url.search === '') return string(value, option)
  throw new ConfigError({ option, value: 'a URL with a query', expected: 'a plain URL' })
}

const isStore = (value: unknown): value is TokenStore =>
  typeof value === 'object' &&
  value !== null &&
  'load' in value &&
  typeof value.load === 'function' &&
  'save' in value &&
  typeof value.save === 'function'
const isPresenter = (value: unknown): value is PresentToken => typeof value === 'function'

const nonEmpty: OptionSpec<string> = (value, option) => {
  if (typeof value === 'string' && value !== '') return value
  throw new ConfigError({ option, value, expected: 'text that is not empty' })
}

// A type and no interface: only such fits a table of any names.
type CommonTable = {
  readonly tokenUrl: OptionSpec<URL>
  readonly issuer: OptionSpec<string>
  readonly clientId: OptionSpec<string>
  readonly clientSecret: OptionSpec<Secret>
  readonly scopes: OptionSpec<readonly string[]>
  readonly audience: OptionSpec<readonly string[]>
  readonly resource: OptionSpec<readonly string[]>
  readonly optionalParams: OptionSpec<FormFields>
  readonly credentialBearer: OptionSpec<'header' | 'body'>
  readonly clientAssertion: OptionSpec<unknown>
  readonly clockSkewMs: OptionSpec<number>
  readonly defaultExpiresInMs: OptionSpec<number>
  readonly refreshEarlyMs: OptionSpec<number>
  readonly store: OptionSpec<TokenStore>
  readonly http: OptionSpec<ResolvedHttp>
  readonly present: OptionSpec<PresentToken>
}

/** What each grant's table of options begins with. */
export const commonOptions: CommonTable = {
  tokenUrl: endpointUrl,
  issuer,
  clientId: nonEmpty,
  clientSecret: secretText,
  scopes: texts,
  audience: texts,
  resource,
  optionalParams: resolveParams,
  credentialBearer: oneOf('header', 'body'),
  clientAssertion: deferred,
  clockSkewMs: number({ min: 0, max: 86_400_000 }),
  defaultExpiresInMs: durationMs,
  refreshEarlyMs: number({ min: 0, max: 86_400_000 }),
  store: guarded(isStore, 'an object with load and save'),
  http: httpSpec,
  present: guarded(isPresenter, 'a function'),
}

type Checked = { readonly [Name in keyof CommonTable]: ReturnType<CommonTable[Name]> | undefined }

const defaultHttp = httpSpec({}, 'http')

/** Looks at options together. `option` is how the grant is called. */
export function resolveCommon(own: Checked, option: string): ResolvedOAuth2 {
  const { clientId, clientSecret, scopes, audience, optionalParams } = own
  const fail = (name: string, value: string, expected: string): never => {
    throw new ConfigError({ option: `${option}.${name}`, value, expected })
  }
  if (own.tokenUrl === undefined && own.issuer === undefined) fail('tokenUrl', 'nothing', 'a tokenUrl, or an issuer')
  if (clientId === undefined && clientSecret !== undefined) fail('clientId', 'nothing', 'a clientId with clientSecret')
  let assertion: ResolvedJwt | AssertionMaker | undefined
  if (own.clientAssertion !== undefined) {
    if (clientSecret !== undefined) fail('clientAssertion', 'both', 'either clientSecret or clientAssertion')
    if (clientId === undefined) fail('clientId', 'nothing', 'a clientId with clientAssertion')
    assertion = clientAssertion(clientId, own.clientAssertion, `${option}.clientAssertion`)
  }
  const http = own.http ?? defaultHttp
  checkClearText(own.tokenUrl, http.clearText, `${option}.tokenUrl`)
  if (own.issuer !== undefined) checkClearText(new URL(own.issuer), http.clearText, `${option}.issuer`)
  const scope = scopes?.join(' ')
  const optional = optionalParams ?? []
  return {
    tokenUrl: own.tokenUrl,
    issuer: own.issuer,
    identity: {
      clientId,
      clientSecret,
      credentialBearer: own.credentialBearer ?? 'header',
      clientAssertion: assertion,
    },
    fields: [
      ...(scope === undefined ? [] : [['scope', scope] as const]),
      ...(audience ?? []).map((one) => ['audience', one] as const),
      ...(own.resource ?? []).map((one) => ['resource', one] as const),
      ...optional,
    ],
    ownValues: optional.map(([, value]) => value),
    scope,
    clockSkewMs: own.clockSkewMs ?? 0,
    defaultExpiresInMs: own.defaultExpiresInMs ?? 3_600_000,
    refreshEarlyMs: own.refreshEarlyMs ?? 30_000,
    store: own.store,
    http,
    present: own.present,
  }
}

/** @throws ConfigError where a grant cannot do without it */
export function needed<T>(value: T | undefined, option: string): T {
  if (value !== undefined) return value
  throw new ConfigError({ option, value: undefined, expected: 'a value' })
}

/** Under what name tokens are stored: whoever changes what they were asked for does not get the old ones. No secret. */
export function storeKey(grant: string, options: ResolvedOAuth2, more: readonly string[]): string {
  const server = options.tokenUrl?.href ?? options.issuer ?? ''
  const parts = [grant, server, options.identity.clientId ?? '', ...options.fields.map(String), ...more]
  return `${grant}:${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`
}
