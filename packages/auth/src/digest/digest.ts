import { createHash, randomBytes } from 'node:crypto'
import { type Call, type HttpRequest, type RequestBody } from '@halyard/core'
import { guarded } from '@halyard/core/options'
import { credentials } from '../basic/credentials.ts'
import { parseAuthInfo } from '../challenge/parse-auth-info.ts'
import { parseChallenges } from '../challenge/parse-challenges.ts'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { quietObject } from '../secret/quiet-object.ts'
import type { SecretText } from '../secret/secret-value.ts'
import { digestAlgorithms, hashName, isSession, type DigestAlgorithm } from './algorithm.ts'
import { digestAuthorization } from './authorization.ts'
import { bestOffer } from './offer.ts'
import { DigestSession, DigestSessions } from './session.ts'

export interface DigestOptions {
  /** Those that may be used; of what a server offers the strongest is. @defaultValue all six */
  readonly algorithms?: readonly DigestAlgorithm[] | undefined
}

const readOptions = quietObject({
  algorithms: guarded(
    (value): value is readonly DigestAlgorithm[] =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((one: unknown) => digestAlgorithms.some((known) => known === one)),
    `a list of ${digestAlgorithms.join(', ')}`,
  ),
})

/**
 * The Digest scheme (RFC 7616): MD5, SHA-256 and SHA-512-256 and their sessions, `auth` and `auth-int`, hashed user names.
 * The first request is sent without credentials, and once more when the server has challenged it; from then on they go
 * along unasked wherever the server said that they are good for. `auth-int` is used where the server offers nothing else.
 *
 * A request whose body can be sent once cannot answer a challenge: make another request first, or give a function.
 *
 * @example
 * ```ts
 * createClient('https://printer.example', { auth: digest('ada', password, { algorithms: ['SHA-256'] }) })
 * ```
 * @throws ConfigError for an empty user name, one with a colon, control characters, and unknown algorithms.
 */
export function digest(username: string, password: SecretText, options: DigestOptions = {}): AuthProvider {
  const own = credentials('digest', username, password)
  const wanted = readOptions(options, 'digest').algorithms ?? digestAlgorithms
  const allowed = digestAlgorithms.filter((one) => wanted.includes(one))
  const sessions = new DigestSessions()
  /** By the attempt: what it went with. */
  const used = new WeakMap<Call, DigestSession>()

  const answer = (
    session: DigestSession,
    request: HttpRequest,
    call: Call,
  ): HttpRequest | Promise<HttpRequest> | undefined => {
    const { offer } = session
    const finish = (bodyHash: string | undefined): HttpRequest => {
      used.set(call, session)
      const { nonce, nc, cnonce = randomBytes(18).toString('base64url') } = session.use()
      const { method, path: uri } = request
      const value = digestAuthorization(offer, own, { method, uri, nonce, nc, cnonce, bodyHash })
      return request.with({ headers: request.headers.with('authorization', value) })
    }
    if (offer.qop === undefined || offer.qop.auth) return finish(undefined)
    const hashed = bodyHashOf(request.body, offer.algorithm, call)
    if (hashed === undefined) return undefined
    return typeof hashed === 'string' ? finish(hashed) : hashed.then(finish)
  }

  return {
    name: 'digest',
    apply(request, call) {
      used.delete(call)
      const session = sessions.of(request.origin, request.path)
      return (session === undefined ? undefined : answer(session, request, call)) ?? request
    },
    challenge(response, request, call) {
      const { origin } = request
      const offer = bestOffer(parseChallenges(response.headers.getAll('www-authenticate')), allowed, origin)
      if (offer === undefined) return undefined
      const cnonce = isSession(offer.algorithm) ? randomBytes(18).toString('base64url') : undefined
      // A stale nonce went with a good password.
      const session = new DigestSession(offer, offer.stale && used.get(call)?.accepted === true, cnonce)
      sessions.set(origin, session)
      return answer(session, request, call)
    },
    answered(response, request, call) {
      const session = used.get(call)
      if (session === undefined) return
      if (response.status === 401) {
        sessions.delete(request.origin, session)
        return
      }
      session.accepted = true
      const next = parseAuthInfo(response.headers.getAll('authentication-info')).get('nextnonce')
      if (next !== undefined) session.goOn(next)
    },
  }
}

/** H(entity-body); `undefined` for a body that would be gone then. */
function bodyHashOf(
  body: RequestBody | undefined,
  algorithm: DigestAlgorithm,
  call: Call,
): string | Promise<string> | undefined {
  const hash = createHash(hashName(algorithm))
  if (body === undefined) return hash.digest('hex')
  if (!body.replayable) return undefined
  const opened = body.open({ reuse: true })
  if (opened instanceof Uint8Array) return hash.update(opened).digest('hex')
  return (async () => {
    for await (const chunk of opened) {
      // Nobody waits for it any more, and it may be long.
      if (call.cancelled) break
      hash.update(chunk)
    }
    return hash.digest('hex')
  })()
}
