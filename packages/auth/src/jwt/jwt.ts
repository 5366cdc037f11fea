import { AuthError, describeTarget, type Call, type Clock, type HttpRequest, type Runtime } from '@halyard/core'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { Secret } from '../secret/secret.ts'
import { resolveJwt, type JwtOptions, type ResolvedJwt } from './jwt-options.ts'
import { signJwt } from './sign-jwt.ts'

/** A token that may be used again lasts this much longer at least, or a tenth of its life if that is less. */
const marginMs = 30_000

/**
 * Signs a JWT (RFC 7519) of its own for each request, and sends it as a bearer token (RFC 6750). Its times come from the
 * client's clock, in whole seconds. With `reuse` a token serves until near its expiry.
 *
 * @example
 * ```ts
 * const auth = jwt({ issuer: 'me', audience: 'https://api.example.com', key: 'keys/signing.pem', keyId: '2026-01' })
 * ```
 * @throws ConfigError where the key cannot be read, or does not fit the algorithm
 */
export function jwt(options: JwtOptions): AuthProvider {
  return new JwtProvider(resolveJwt(options, 'jwt'))
}

interface Made {
  readonly token: Secret
  /** On the wall clock, for it is what `exp` is written in. */
  readonly goodUntil: number
  readonly madeAt: number
}

class JwtProvider implements AuthProvider {
  readonly name = 'jwt'
  readonly #options: ResolvedJwt
  #last: Made | undefined
  #signing: Promise<Made> | undefined

  constructor(options: ResolvedJwt) {
    this.#options = options
  }

  async apply(request: HttpRequest, _call: Call, runtime: Runtime): Promise<HttpRequest> {
    try {
      const { token } = await (this.#options.reuse ? this.#shared(runtime) : this.#make(runtime))
      return request.with({ headers: request.headers.with('authorization', `Bearer ${token.reveal()}`) })
    } catch (error) {
      const target = describeTarget(request)
      throw new AuthError(`${target}: the JWT could not be signed`, { sent: 'no', target, cause: error })
    }
  }

  #shared(clock: Clock): Made | Promise<Made> {
    const last = this.#last
    const now = clock.date()
    // A clock that was set back makes a token of the future, which servers refuse.
    if (last !== undefined && now < last.goodUntil && now >= last.madeAt) return last
    this.#signing ??= this.#make(clock).then(
      (made) => {
        this.#last = made
        this.#signing = undefined
        return made
      },
      (error: unknown) => {
        this.#signing = undefined
        throw error
      },
    )
    return this.#signing
  }

  async #make(clock: Clock): Promise<Made> {
    const madeAt = clock.date()
    const { expiresInMs } = this.#options
    const token = new Secret(await signJwt(this.#options, clock))
    return { token, madeAt, goodUntil: madeAt + expiresInMs - 1000 - Math.min(marginMs, expiresInMs / 10) }
  }
}
