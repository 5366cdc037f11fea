import { createHash, randomBytes } from 'node:crypto'
import { ConfigError } from '@halyard/core'
import { optionObject, string, type OptionSpec } from '@halyard/core/options'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { codeOf } from './callback.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options, type ResolvedOAuth2 } from './common-options.ts'
import { checkClearText, endpointUrl } from './endpoint-url.ts'
import type { FormFields } from './form.ts'
import { OAuth2Provider, partsOf, type ProviderParts } from './oauth2-provider.ts'
import { resolveParams, type OptionalParams } from './optional-params.ts'
import { asError, Outside, type StepOptions } from './outside.ts'
import { PendingSignIns, type PendingSignIn } from './pending-sign-ins.ts'
import { NoOtherWay } from './token-keeper.ts'
import type { TokenSet } from './token-set.ts'

/** Options of `oauth2.authorizationCode`. */
export interface AuthorizationCodeOptions extends OAuth2Options {
  readonly clientId: string
  /** Where the server sends the browser back to. */
  readonly redirectUri: string
  /** The authorization endpoint. @defaultValue what the metadata of `issuer` says */
  readonly authorizeUrl?: string | URL | undefined
}

/** What the request to the authorization endpoint has beyond the client's options. */
export interface SignInOptions extends StepOptions {
  /** More parameters: `prompt`, `login_hint`, `nonce` … */
  readonly params?: OptionalParams | undefined
}

/** Where to send a browser, and what must be kept until it comes back. */
export interface SignIn extends PendingSignIn {
  readonly url: URL
}

/** A provider with the steps of a sign-in. */
export interface AuthorizationCodeProvider extends AuthProvider {
  /**
   * Begins a sign-in, with PKCE (RFC 7636, S256) and a state of its own. The provider remembers the last thousand for ten
   * minutes; where the browser may come back to another process, keep `state` and `codeVerifier` and give them to `exchange`.
   */
  authorizationUrl(options?: SignInOptions): Promise<SignIn>
  /**
   * Ends it: checks what came back (state; `iss`, RFC 9207), redeems the code and keeps the tokens, which calls use from then
   * on. A URL that names no host is taken relative to the redirect URI.
   * @throws OAuth2Error where the server refused, or the answer belongs to no sign-in
   */
  exchange(callbackUrl: string | URL, pending?: PendingSignIn & StepOptions): Promise<TokenSet>
}

const redirectUri: OptionSpec<string> = (value, option) => {
  // Native applications have schemes of their own (RFC 8252 §7.1).
  if (typeof value === 'string' && URL.canParse(value) && !value.includes('#')) return value
  throw new ConfigError({ option, value: typeof value, expected: 'an absolute URI without a fragment' })
}

const spec = optionObject({ ...commonOptions, redirectUri, authorizeUrl: endpointUrl })
const signInSpec = optionObject({ params: resolveParams, signal: (value: unknown) => value })
const pendingSpec = optionObject({
  state: string,
  codeVerifier: string,
  url: (value: unknown) => value,
  signal: (value: unknown) => value,
})

/**
 * A person's consent in a browser (RFC 6749 §4.1, with PKCE), as building blocks: `authorizationUrl`, `exchange`. Later
 * tokens are had by the refresh token; without one, or once it is refused, calls fail until the next sign-in.
 * @throws ConfigError for wrong options
 */
export function authorizationCode(options: AuthorizationCodeOptions): AuthorizationCodeProvider {
  const name = 'oauth2.authorizationCode'
  const own = spec(options, name)
  const clientId = needed(own.clientId, `${name}.clientId`)
  const target = needed(own.redirectUri, `${name}.redirectUri`)
  if (own.authorizeUrl === undefined && own.issuer === undefined) {
    throw new ConfigError({
      option: `${name}.authorizeUrl`,
      value: undefined,
      expected: 'an authorizeUrl, or an issuer',
    })
  }
  const { authorizeUrl, redirectUri: _, ...common } = own
  const resolved = resolveCommon(common, name)
  checkClearText(authorizeUrl, resolved.http.clearText, `${name}.authorizeUrl`)
  const parts = partsOf(
    resolved,
    {
      name: 'authorization_code',
      refreshes: true,
      obtain: () => Promise.reject(new NoOtherWay('nobody has signed in')),
    },
    [],
  )
  return new CodeProvider(parts, resolved, { clientId, redirectUri: target, authorizeUrl })
}

interface Place {
  readonly clientId: string
  readonly redirectUri: string
  readonly authorizeUrl: URL | undefined
}

class CodeProvider extends OAuth2Provider implements AuthorizationCodeProvider {
  readonly #parts: ProviderParts
  readonly #options: ResolvedOAuth2
  readonly #place: Place
  readonly #outside: Outside
  readonly #pending: PendingSignIns

  constructor(parts: ProviderParts, options: ResolvedOAuth2, place: Place) {
    super(parts.source, options.present)
    this.#parts = parts
    this.#options = options
    this.#place = place
    this.#outside = new Outside(options.http)
    this.#pending = new PendingSignIns(this.#outside.runtime)
  }

  async authorizationUrl(options: SignInOptions = {}): Promise<SignIn> {
    const { params } = signInSpec(options, 'authorizationUrl')
    const session = this.#outside.session(options.signal)
    const { client } = this.#parts
    const at = await asError(client.endpoint('authorization_endpoint', this.#place.authorizeUrl, session))
    const url = new URL(at)
    const state = randomBytes(32).toString('base64url')
    const codeVerifier = randomBytes(32).toString('base64url')
    const own: FormFields = [
      ['response_type', 'code'],
      ['client_id', this.#place.clientId],
      ['redirect_uri', this.#place.redirectUri],
      ...this.#options.fields,
      ['state', state],
      ['code_challenge', createHash('sha256').update(codeVerifier).digest('base64url')],
      ['code_challenge_method', 'S256'],
    ]
    const names = new Set(own.map(([name]) => name))
    for (const [name] of params ?? []) {
      if (names.has(name))
        throw new ConfigError({ option: `params.${name}`, value: name, expected: 'another parameter' })
    }
    for (const [name, value] of [...own, ...(params ?? [])]) url.searchParams.append(name, value)
    const pending = { state, codeVerifier }
    this.#pending.add(pending)
    return { url, ...pending }
  }

  async exchange(callbackUrl: string | URL, pending?: PendingSignIn & StepOptions): Promise<TokenSet> {
    if (pending !== undefined) {
      const { state, codeVerifier } = pendingSpec(pending, 'pending')
      needed(state, 'pending.state')
      needed(codeVerifier, 'pending.codeVerifier')
    }
    return await asError(this.#redeem(callbackUrl, pending))
  }

  async #redeem(callbackUrl: string | URL, given: (PendingSignIn & StepOptions) | undefined): Promise<TokenSet> {
    const session = this.#outside.session(given?.signal)
    const { client, source } = this.#parts
    const metadata = await client.metadata(session)
    const { code, pending } = codeOf(callbackUrl, {
      redirectUri: this.#place.redirectUri,
      issuer: this.#options.issuer,
      issuerIsSent: metadata?.members.get('authorization_response_iss_parameter_supported') === true,
      find: (state) => given ?? this.#pending.take(state),
    })
    const fields = [
      ['grant_type', 'authorization_code'],
      ['code', code],
      ['redirect_uri', this.#place.redirectUri],
      ['code_verifier', pending.codeVerifier],
    ] as const
    const set = await client.tokens({ fields, repeatable: false }, session)
    await source.adopt(set, session)
    return set
  }
}
