import type { Clock } from '@halyard/core'
import type { ResolvedJwt } from './jwt-options.ts'

/** A JWT (RFC 7519) of the claims and of the time as it is now; `extra` is laid over the claims. */
export async function signJwt(
  options: ResolvedJwt,
  clock: Pick<Clock, 'date'>,
  extra?: Readonly<Record<string, unknown>>,
): Promise<string> {
  // Only who signs pays for it.
  const { SignJWT } = await import('jose')
  const issuedAt = Math.floor(clock.date() / 1000)
  const id = options.jwtId?.()
  const claims = {
    ...options.claims,
    ...(id === undefined ? {} : { jti: id }),
    ...extra,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + Math.floor(options.expiresInMs / 1000),
  }
  return await new SignJWT(claims).setProtectedHeader(options.header).sign(options.key)
}
