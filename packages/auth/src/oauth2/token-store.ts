import type { TokenSet } from './token-set.ts'

/**
 * Keeps tokens beyond a provider's life. `key` names what they are for; it holds no secret. What `save` is given replaces
 * what was there, a rotated refresh token with it: whoever keeps the old one loses access.
 */
export interface TokenStore {
  load(key: string): TokenSet | undefined | Promise<TokenSet | undefined>
  save(key: string, tokens: TokenSet): void | Promise<void>
}

/** A store in memory: several providers of one process share what it holds. */
export function memoryTokens(): TokenStore {
  return new MemoryTokens()
}

class MemoryTokens implements TokenStore {
  readonly #tokens = new Map<string, TokenSet>()

  load(key: string): TokenSet | undefined {
    return this.#tokens.get(key)
  }

  save(key: string, tokens: TokenSet): void {
    this.#tokens.set(key, tokens)
  }
}

/** Whether what a store gives is a set of tokens: it may have been written by anybody. */
export function isTokenSet(value: unknown): value is TokenSet {
  if (typeof value !== 'object' || value === null) return false
  const members = new Map<string, unknown>(Object.entries(value))
  const isText = (name: string): boolean => typeof members.get(name) === 'string' && members.get(name) !== ''
  const isTime = (name: string): boolean => Number.isFinite(members.get(name))
  const mayBeText = (name: string): boolean => members.get(name) === undefined || isText(name)
  return (
    isText('accessToken') &&
    isText('tokenType') &&
    isTime('issuedAt') &&
    isTime('expiresAt') &&
    mayBeText('refreshToken') &&
    mayBeText('scope') &&
    mayBeText('idToken')
  )
}
