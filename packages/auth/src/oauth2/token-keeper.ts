import type { Session } from './exchange.ts'
import type { Grant } from './grant.ts'
import { TokenFailure } from './oauth2-error.ts'
import type { TokenClient } from './token-client.ts'
import type { TokenSet } from './token-set.ts'
import { isTokenSet, type TokenStore } from './token-store.ts'
import { within } from './within.ts'
import type { StoreFailureEvent } from './auth-event.ts'

/**
 * What a provider knows of its tokens, in memory and in its store. A refresh token that the server replaced is never used
 * again: the new one is in both before anybody gets the access token.
 */
export class TokenKeeper {
  readonly #store: TokenStore | undefined
  readonly #key: string
  #tokens: TokenSet | undefined

  constructor(store: TokenStore | undefined, key: string) {
    this.#store = store
    this.#key = key
  }

  /** Other tokens than the one that was refused. Not to be called while it runs. @throws TokenFailure */
  async next(client: TokenClient, grant: Grant, session: Session, refused: string | undefined): Promise<TokenSet> {
    const used = this.#tokens?.accessToken
    const known = await this.#load(session)
    const { runtime } = session
    // Another process, or an earlier life of this one, has left a good one.
    const isOther = known !== undefined && known.accessToken !== refused && known.accessToken !== used
    if (isOther && runtime.date() < known.expiresAt - client.options.clockSkewMs) {
      this.#tokens = known
      return known
    }
    const set = await this.#ask(client, grant, session, known?.refreshToken)
    await this.save(set, session)
    return set
  }

  /** A store that fails takes nothing from the call that has its token. */
  async save(set: TokenSet, session: Session): Promise<void> {
    this.#tokens = set
    try {
      const store = this.#store
      if (store !== undefined) await within(() => store.save(this.#key, set), 'saving the token', session)
    } catch (error) {
      const { events } = session.runtime
      if (!events.listening('auth')) return
      const event: StoreFailureEvent = { provider: 'oauth2', type: 'store-failure', error }
      events.emit('auth', event)
    }
  }

  async #ask(client: TokenClient, grant: Grant, session: Session, refreshToken: string | undefined): Promise<TokenSet> {
    if (!grant.refreshes || refreshToken === undefined) return await grant.obtain(client, session, false)
    try {
      return await refreshed(client, session, refreshToken)
    } catch (error) {
      if (!(error instanceof TokenFailure) || error.facts.error !== 'invalid_grant') throw error
      // Who shares the store may have been faster: then theirs is the one that counts.
      const now = await this.#load(session)
      if (now?.refreshToken !== undefined && now.refreshToken !== refreshToken) {
        if (session.runtime.date() < now.expiresAt - client.options.clockSkewMs) return now
        return await refreshed(client, session, now.refreshToken)
      }
      if (this.#tokens !== undefined) this.#tokens = { ...this.#tokens, refreshToken: undefined }
      return await grant.obtain(client, session, true).catch((next: unknown) => {
        // The grant has no other way: the server's own words say more.
        throw next instanceof NoOtherWay ? error : next
      })
    }
  }

  async #load(session: Session): Promise<TokenSet | undefined> {
    const store = this.#store
    if (store === undefined) return this.#tokens
    let found: unknown
    try {
      found = await within(() => store.load(this.#key), 'the token store', session)
    } catch (error) {
      if (error instanceof TokenFailure) throw error
      // Its message may repeat what it read.
      const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
      throw new TokenFailure(`the token store could not be read${code}`)
    }
    if (found === undefined || found === null) return this.#tokens
    if (!isTokenSet(found)) throw new TokenFailure('the token store gave something else than tokens')
    // It may have failed to save what was had since.
    return this.#tokens !== undefined && this.#tokens.issuedAt >= found.issuedAt ? this.#tokens : found
  }
}

/** Thrown by a grant that cannot begin anew without a person. */
export class NoOtherWay extends TokenFailure {}

/** RFC 6749 §6. A server that sends no new refresh token means the old one. */
export async function refreshed(client: TokenClient, session: Session, refreshToken: string): Promise<TokenSet> {
  const fields = [['grant_type', 'refresh_token'], ['refresh_token', refreshToken], ...client.options.fields] as const
  const set = await client.tokens({ fields, repeatable: false }, session)
  return { ...set, refreshToken: set.refreshToken ?? refreshToken }
}
