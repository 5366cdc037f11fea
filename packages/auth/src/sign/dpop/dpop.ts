import {
  AuthError,
  ConfigError,
  describeTarget,
  systemClock,
  type Call,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
} from '@halyard/core'
import { parseChallenges } from '../../challenge/parse-challenges.ts'
import type { AuthProvider } from '../../provider/auth-provider.ts'
import { secretText, type SecretSource } from '../../secret/secret-value.ts'
import { Secret } from '../../secret/secret.ts'
import { PerOrigin } from '../per-origin.ts'
import { isProvider, resolveDpop, type DpopOptions, type ResolvedDpop } from './dpop-options.ts'
import { publicJwk, thumbprint } from './proof-key.ts'
import { makeProof, type ProofKey } from './proof.ts'

/** What a proof for a request of one's own says beside method and URL. */
export interface ProofOptions {
  readonly accessToken?: string | Secret | undefined
  /** What the server gave in `dpop-nonce`. */
  readonly nonce?: string | undefined
  /** What time it is. @defaultValue the system's clock */
  readonly clock?: Pick<Clock, 'date'> | undefined
}

/** A provider that proves possession of a key. */
export interface DpopProvider extends AuthProvider {
  /** The thumbprint of the key (RFC 7638), as `dpop_jkt` and `cnf.jkt` have it. */
  readonly thumbprint: string
  /** The value of `dpop` for a request that is made elsewhere, such as one to a token endpoint. */
  proof(method: string, url: string | URL, options?: ProofOptions): string
}

/** RFC 9449 §8.1, and a limit. */
const nonceForm = /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/

/** RFC 9449 §7.1. */
const token68 = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Proves possession of a key (RFC 9449) by a JWT for each request, bound to its method, its URL and the access token,
 * which goes along as `authorization: DPoP …`. A nonce that the server wants is used at once, and kept by origin.
 *
 * @example
 * ```ts
 * const auth = dpop({ key: 'keys/dpop.pem', token: () => tokens.current() })
 * ```
 * @throws ConfigError where the key cannot be read, or does not fit the algorithm. Calls fail with an AuthError where there
 * is no token.
 */
export function dpop(options: DpopOptions): DpopProvider {
  return new Dpop(resolveDpop(options))
}

class Dpop implements DpopProvider {
  readonly name = 'dpop'
  readonly thumbprint: string
  readonly sets: readonly string[]
  readonly #proofKey: ProofKey
  readonly #inner: AuthProvider | undefined
  readonly #nonces = new PerOrigin<string>()
  /** The nonce that an attempt went with. */
  readonly #used = new WeakMap<Call, string | undefined>()

  constructor({ key, algorithm, token }: ResolvedDpop) {
    const jwk = publicJwk(key, 'dpop.key')
    this.#proofKey = { key, algorithm, jwk }
    this.#inner = token === undefined || isProvider(token) ? token : new TokenProvider(token)
    this.sets = [...new Set([...(this.#inner === undefined ? [] : (this.#inner.sets ?? ['authorization'])), 'dpop'])]
    this.thumbprint = thumbprint(jwk)
  }

  apply(request: HttpRequest, call: Call, runtime: Runtime): HttpRequest | Promise<HttpRequest> {
    const applied = this.#inner === undefined ? request : this.#inner.apply(request, call, runtime)
    if (!(applied instanceof Promise)) return this.#prove(applied, call, runtime)
    return applied.then((late) => this.#prove(late, call, runtime))
  }

  async challenge(
    response: HttpResponse,
    request: HttpRequest,
    call: Call,
    runtime: Runtime,
  ): Promise<HttpRequest | undefined> {
    const nonce = nonceOf(response)
    if (nonce !== undefined && wantsNonce(response)) {
      // The server wants another than it gives: a third would be no better.
      if (nonce === this.#used.get(call)) return undefined
      this.#nonces.set(request.origin, nonce)
      return await this.apply(request, call, runtime)
    }
    const renewed = await this.#inner?.challenge?.(response, request, call, runtime)
    return renewed === undefined ? undefined : this.#prove(renewed, call, runtime)
  }

  answered(response: HttpResponse, request: HttpRequest, call: Call, runtime: Runtime): void {
    const nonce = nonceOf(response)
    if (nonce !== undefined) this.#nonces.set(request.origin, nonce)
    this.#inner?.answered?.(response, request, call, runtime)
  }

  proof(method: string, url: string | URL, options: ProofOptions = {}): string {
    const parsed = url instanceof URL ? url : URL.parse(url)
    if (parsed === null) throw new ConfigError({ option: 'url', value: typeof url, expected: 'a URL' })
    const own = (name: keyof ProofOptions): boolean => Object.hasOwn(options, name)
    return makeProof(this.#proofKey, {
      method,
      url: parsed.origin + parsed.pathname,
      at: ((own('clock') ? options.clock : undefined) ?? systemClock).date(),
      accessToken: own('accessToken') ? secretText(options.accessToken) : undefined,
      nonce: own('nonce') ? options.nonce : undefined,
    })
  }

  #prove(request: HttpRequest, call: Call, clock: Clock): HttpRequest {
    const { method, origin, path, headers } = request
    const nonce = this.#nonces.get(origin)
    this.#used.set(call, nonce)
    const accessToken = this.#inner === undefined ? undefined : tokenOf(request)
    const end = path.indexOf('?')
    const url = origin + (end === -1 ? path : path.slice(0, end))
    const proof = makeProof(this.#proofKey, { method, url, at: clock.date(), accessToken, nonce })
    const proven = headers.with('dpop', proof)
    const signed = accessToken === undefined ? proven : proven.with('authorization', `DPoP ${accessToken}`)
    return request.with({ headers: signed })
  }
}

/** Sends the token of a value or a function, for the proof to take over. */
class TokenProvider implements AuthProvider {
  readonly name = 'dpop-token'
  readonly #source: (() => unknown) | undefined
  readonly #value: Secret | undefined
  readonly #used = new WeakMap<Call, string>()

  constructor(token: SecretSource) {
    this.#source = typeof token === 'function' ? token : undefined
    const value = secretText(token)
    if (this.#source === undefined && (value === undefined || !token68.test(value))) {
      throw new ConfigError({ option: 'dpop.token', value: `${value?.length ?? 0} characters`, expected: 'a token' })
    }
    this.#value = value === undefined ? undefined : new Secret(value)
  }

  apply(request: HttpRequest, call: Call): HttpRequest | Promise<HttpRequest> {
    if (this.#value !== undefined) return withToken(request, this.#value.reveal())
    return this.#ask(request).then((token) => {
      this.#used.set(call, token)
      return withToken(request, token)
    })
  }

  async challenge(_response: HttpResponse, request: HttpRequest, call: Call): Promise<HttpRequest | undefined> {
    if (this.#source === undefined) return undefined
    const token = await this.#ask(request)
    return token === this.#used.get(call) ? undefined : withToken(request, token)
  }

  async #ask(request: HttpRequest): Promise<string> {
    const token = secretText(await this.#source?.())
    if (token !== undefined && token68.test(token)) return token
    throw noToken(request, 'the function for tokens gave something else than one')
  }
}

function withToken(request: HttpRequest, token: string): HttpRequest {
  return request.with({ headers: request.headers.with('authorization', `DPoP ${token}`) })
}

function tokenOf(request: HttpRequest): string {
  const token = /^(?:Bearer|DPoP) +(?<token>\S+)$/i.exec(request.headers.get('authorization') ?? '')?.groups?.['token']
  if (token !== undefined) return token
  throw noToken(request, 'the provider of the token set none in authorization')
}

function noToken(request: HttpRequest, fault: string): AuthError {
  const target = describeTarget(request)
  return new AuthError(`${target}: no token to prove possession for: ${fault}`, { sent: 'no', target })
}

/** What would fit into a proof; a server that sends anything else goes without. */
function nonceOf(response: HttpResponse): string | undefined {
  const given = response.headers.get('dpop-nonce')
  return given !== undefined && nonceForm.test(given) ? given : undefined
}

/** RFC 9449 §9. */
function wantsNonce(response: HttpResponse): boolean {
  return parseChallenges(response.headers.getAll('www-authenticate')).some(
    ({ scheme, parameters }) => scheme === 'dpop' && parameters.get('error') === 'use_dpop_nonce',
  )
}
