import { jsonObject, textMember } from './json-object.ts'
import { TokenFailure } from './oauth2-error.ts'
import { presentable } from './redact.ts'
import type { Reply } from './exchange.ts'

/** What an authorization server gave (RFC 6749 §5.1), as stores keep it. It holds secrets in clear. */
export interface TokenSet {
  readonly accessToken: string
  /** `Bearer`, in whichever case the server writes it. */
  readonly tokenType: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly refreshToken?: string | undefined
  readonly scope?: string | undefined
  /** Of OpenID Connect: as it came, and not verified. */
  readonly idToken?: string | undefined
}

/** When an answer was asked for, and how long a token lives that says nothing of it. */
export interface Lifetime {
  readonly issuedAt: number
  readonly defaultMs: number
}

/** A token that lasts longer is asked for again after that all the same. */
const longestMs = 10 * 365 * 86_400_000

/** What a server may say of itself in a header (RFC 6750 §2.1, and a little more). */
const sendable = /^[\u0021-\u007e]+$/
const errorCode = /^[\u0020\u0021\u0023-\u005b\u005d-\u007e]{1,100}$/

/** @throws TokenFailure for an error of the server, and for what is no answer of a token endpoint */
export function readTokens(reply: Reply, where: string, secrets: readonly string[], lifetime: Lifetime): TokenSet {
  const members = membersOf(reply, where, secrets)
  const accessToken = textMember(members, 'access_token')
  if (accessToken === undefined || !sendable.test(accessToken)) {
    throw new TokenFailure(`${where} answered ${reply.status} without an access_token that can be sent`, {
      status: reply.status,
    })
  }
  // It is required, and some servers leave it out: then it can but be the usual one.
  const tokenType = textMember(members, 'token_type') ?? 'Bearer'
  return {
    accessToken,
    tokenType,
    issuedAt: lifetime.issuedAt,
    expiresAt: lifetime.issuedAt + (lifetimeMs(members.get('expires_in')) ?? lifetime.defaultMs),
    refreshToken: textMember(members, 'refresh_token'),
    scope: textMember(members, 'scope'),
    idToken: textMember(members, 'id_token'),
  }
}

/** The members of a good answer. @throws TokenFailure for any other, with the server's `error` where it says one */
export function membersOf(reply: Reply, where: string, secrets: readonly string[]): ReadonlyMap<string, unknown> {
  const { status, headers } = reply
  const members = jsonObject(reply.text)
  if (status >= 200 && status < 300) {
    if (members === undefined) throw new TokenFailure(`${where} answered ${status} with no JSON object`, { status })
    // Some servers report errors as successes.
    if (!members.has('error') || members.has('access_token')) return members
  } else if (status >= 300 && status < 400) {
    throw new TokenFailure(`${where} answered ${status}; redirects are not followed there`, { status })
  }
  const error = members === undefined ? undefined : textMember(members, 'error')
  const description = members === undefined ? undefined : textMember(members, 'error_description')
  const said = error !== undefined && errorCode.test(error) ? presentable(error, secrets) : undefined
  const errorDescription = description === undefined ? undefined : presentable(description, secrets)
  const words = [said, errorDescription === undefined ? undefined : `(${errorDescription})`]
  const reason = words.filter((word) => word !== undefined).join(' ')
  throw new TokenFailure(`${where} answered ${status}${reason === '' ? '' : `: ${reason}`}`, {
    status,
    error: said,
    errorDescription,
    retryAfterMs: secondsMs(headers.get('retry-after')),
  })
}

/** `expires_in` in milliseconds: a number, or one in a text, as some write it; `undefined` for what is no life. */
export function lifetimeMs(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' && /^\d+(?:\.\d+)?$/.test(expiresIn) ? Number(expiresIn) : expiresIn
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return undefined
  return Math.min(seconds * 1000, longestMs)
}

function secondsMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) * 1000 : undefined
}
