import { createHash, timingSafeEqual } from 'node:crypto'
import { TokenFailure } from './oauth2-error.ts'
import type { PendingSignIn } from './pending-sign-ins.ts'
import { presentable } from './redact.ts'

/** What an answer of the authorization endpoint is compared with. */
export interface CallbackChecks {
  readonly redirectUri: string
  readonly issuer: string | undefined
  /** The server says that it always names itself (RFC 9207 §3). */
  readonly issuerIsSent: boolean
  /** The sign-in of that state; asked once. */
  find(state: string): PendingSignIn | undefined
}

/** The code that came back, and the sign-in it belongs to. @throws TokenFailure for what must not be redeemed */
export function codeOf(
  callbackUrl: string | URL,
  checks: CallbackChecks,
): { readonly code: string; readonly pending: PendingSignIn } {
  const url = URL.parse(String(callbackUrl), checks.redirectUri)
  if (url === null) throw new TokenFailure('the callback is no URL')
  const only = (name: string): string | undefined => {
    const values = url.searchParams.getAll(name)
    // RFC 6749 §3.1: once at most; with two, one of them may be an attacker's.
    if (values.length > 1) throw new TokenFailure(`the callback has ${name} more than once`)
    return values[0]
  }
  const [state, issuer, error, code, description] = ['state', 'iss', 'error', 'code', 'error_description'].map(only)
  if (state === undefined) throw new TokenFailure('the callback has no state')
  const pending = checks.find(state)
  if (pending === undefined || !isSame(pending.state, state)) {
    throw new TokenFailure('the callback belongs to no sign-in that was begun here')
  }
  if (issuer === undefined ? checks.issuerIsSent : checks.issuer !== undefined && issuer !== checks.issuer) {
    throw new TokenFailure('the callback is of another issuer')
  }
  if (error !== undefined) {
    const secrets = [state, pending.codeVerifier, ...(code === undefined ? [] : [code])]
    const said = presentable(error, secrets)
    const errorDescription = description === undefined ? undefined : presentable(description, secrets)
    const words = errorDescription === undefined ? said : `${said} (${errorDescription})`
    throw new TokenFailure(`the authorization was refused: ${words}`, { error: said, errorDescription })
  }
  if (code === undefined || code === '') throw new TokenFailure('the callback has no code')
  return { code, pending }
}

/** In constant time, whatever the lengths. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
