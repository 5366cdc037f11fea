import type { Call, HttpRequest, HttpResponse, Runtime } from '@halyard/core'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { mayRenew } from './bearer-challenge.ts'
import { storeKey, type PresentToken, type ResolvedOAuth2 } from './common-options.ts'
import type { Grant } from './grant.ts'
import type { HeldToken } from './held-token.ts'
import { TokenClient } from './token-client.ts'
import { TokenKeeper } from './token-keeper.ts'
import { TokenSource } from './token-source.ts'

/** Sends an access token that it gets, keeps and renews. Asks for the first when the first call needs it. */
export class OAuth2Provider implements AuthProvider {
  readonly name = 'oauth2'
  readonly #source: TokenSource
  readonly #present: PresentToken | undefined
  /** The token that a call went out with: what a refusal speaks of. */
  readonly #used = new WeakMap<Call, HeldToken>()

  constructor(source: TokenSource, present: PresentToken | undefined) {
    this.#source = source
    this.#present = present
  }

  apply(request: HttpRequest, call: Call, runtime: Runtime): HttpRequest | Promise<HttpRequest> {
    const token = this.#source.take({ request, call, runtime, sent: 'no' })
    if (!(token instanceof Promise)) return this.#put(token, request, call, runtime)
    return token.then((late) => this.#put(late, request, call, runtime))
  }

  /** After a 401 that another token may change (RFC 6750 §3.1): the request with one. */
  async challenge(
    response: HttpResponse,
    request: HttpRequest,
    call: Call,
    runtime: Runtime,
  ): Promise<HttpRequest | undefined> {
    if (response.status !== 401 || !mayRenew(response.headers.getAll('www-authenticate'))) return undefined
    const token = await this.#source.renew(this.#used.get(call), { request, call, runtime, sent: 'yes' })
    return token === undefined ? undefined : await this.#put(token, request, call, runtime)
  }

  #put(token: HeldToken, request: HttpRequest, call: Call, runtime: Runtime): HttpRequest | Promise<HttpRequest> {
    this.#used.set(call, token)
    if (this.#present !== undefined) return this.#present(token, request, call, runtime)
    return request.with({ headers: request.headers.with('authorization', `Bearer ${token.accessToken.reveal()}`) })
  }
}

/** The parts of a provider: what a grant with steps of its own needs. */
export interface ProviderParts {
  readonly client: TokenClient
  readonly source: TokenSource
}

/** `more` tells apart what the common options do not: it goes into the key of the store, hashed. */
export function partsOf(options: ResolvedOAuth2, grant: Grant, more: readonly string[]): ProviderParts {
  const client = new TokenClient(options)
  const keeper = new TokenKeeper(options.store, storeKey(grant.name, options, more))
  return { client, source: new TokenSource(client, grant, keeper) }
}

export function providerOf(options: ResolvedOAuth2, grant: Grant, more: readonly string[]): AuthProvider {
  return new OAuth2Provider(partsOf(options, grant, more).source, options.present)
}
