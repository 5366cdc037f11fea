import {
  AuthError,
  describeTarget,
  isHttpError,
  type Call,
  type Clock,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
} from '@halyard/core'
import type { AuthProvider } from '../../provider/auth-provider.ts'
import { hashBody } from '../hash-body.ts'
import { PerOrigin } from '../per-origin.ts'
import { AwsCredentialsSource, isProvider, type AwsKeys } from './aws-credentials.ts'
import { canonicalRequest, signedNamesOf } from './canonical-request.ts'
import { resolveSigV4, type ResolvedSigV4, type SigV4Options } from './sigv4-options.ts'
import { algorithm, scopeText, signatureOf, timeOf } from './signature.ts'

/** Servers take signatures that are up to fifteen minutes off; from here on the clock is put right. */
const toleratedSkewMs = 240_000

/** What says that another signature may do. */
const refusals = new Set([400, 401, 403])

/** Of credentials, in `x-amzn-errortype`. */
const outdated = /ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId/

/**
 * AWS Signature Version 4: signs method, path, query, header fields and the hash of the body, anew for each attempt.
 * Where the server's clock is found to be another, it is followed: the request that was refused is signed once more.
 *
 * @example
 * ```ts
 * const auth = sigv4({ accessKeyId, secretAccessKey, region: 'eu-central-1', service: 'execute-api' })
 * ```
 * @throws ConfigError. Calls fail with an AuthError where there are no credentials.
 */
export function sigv4(options: SigV4Options): AuthProvider {
  return new SigV4Provider(resolveSigV4(options))
}

interface Used {
  readonly keys: AwsKeys
  readonly signedAt: number
}

class SigV4Provider implements AuthProvider {
  readonly name = 'sigv4'
  readonly sets = ['authorization', 'x-amz-date', 'x-amz-security-token'] as const
  readonly #options: ResolvedSigV4
  readonly #source: AwsCredentialsSource | undefined
  readonly #fixed: AwsKeys | undefined
  /** How far a server's clock is ahead of ours, milliseconds. */
  readonly #skews = new PerOrigin<number>()
  readonly #used = new WeakMap<Call, Used>()

  constructor(options: ResolvedSigV4) {
    const { credentials } = options
    this.#options = options
    this.#source = isProvider(credentials) ? new AwsCredentialsSource(credentials) : undefined
    this.#fixed = isProvider(credentials) ? undefined : credentials
  }

  apply(request: HttpRequest, call: Call, runtime: Runtime): HttpRequest | Promise<HttpRequest> {
    // First what may throw: nobody would look at a promise that is left behind.
    const hash = this.#payloadHash(request, call)
    const keys = this.#keys(request, runtime)
    if (!(keys instanceof Promise) && !(hash instanceof Promise)) return this.#sign(request, call, runtime, keys, hash)
    return Promise.all([keys, hash]).then(([late, hashed]) => this.#sign(request, call, runtime, late, hashed))
  }

  async challenge(
    response: HttpResponse,
    request: HttpRequest,
    call: Call,
    runtime: Runtime,
  ): Promise<HttpRequest | undefined> {
    const used = this.#used.get(call)
    if (used === undefined || !refusals.has(response.status)) return undefined
    const isLate = this.#learn(response, request, used, runtime)
    const isOutdated = outdated.test(response.headers.get('x-amzn-errortype') ?? '')
    if (!isLate && this.#source !== undefined && (response.status === 401 || isOutdated)) {
      this.#source.drop(used.keys)
      const keys = await this.#keys(request, runtime)
      if (sameKeys(keys, used.keys)) return undefined
      return this.#sign(request, call, runtime, keys, await this.#payloadHash(request, call))
    }
    return isLate ? await this.apply(request, call, runtime) : undefined
  }

  answered(response: HttpResponse, request: HttpRequest, call: Call, runtime: Runtime): void {
    const used = this.#used.get(call)
    if (used !== undefined && refusals.has(response.status)) this.#learn(response, request, used, runtime)
  }

  /** Whether the signature was of another time than the server's. */
  #learn(response: HttpResponse, { origin }: HttpRequest, { signedAt }: Used, clock: Clock): boolean {
    const serverAt = Date.parse(response.headers.get('date') ?? '')
    if (Number.isNaN(serverAt) || Math.abs(serverAt - signedAt) <= toleratedSkewMs) return false
    this.#skews.set(origin, serverAt - clock.date())
    return true
  }

  #keys(request: HttpRequest, runtime: Runtime): AwsKeys | Promise<AwsKeys> {
    if (this.#fixed !== undefined) return this.#fixed
    const taken = this.#source?.take(runtime)
    if (taken === undefined) throw noCredentials(request, undefined)
    if (!(taken instanceof Promise)) return taken
    return taken.catch((error: unknown) => {
      throw noCredentials(request, error)
    })
  }

  #payloadHash(request: HttpRequest, call: Call): string | Promise<string> {
    const { payload } = this.#options
    const given = request.headers.get('x-amz-content-sha256')
    if (given !== undefined) return given
    const none = 'UNSIGNED-PAYLOAD'
    if (payload === 'unsigned') return none
    const hash = hashBody(request.body, 'sha256', payload === 'reread', call)
    return hash instanceof Promise ? hash.then((bytes) => bytes.toString('hex')) : (hash?.toString('hex') ?? none)
  }

  #sign(request: HttpRequest, call: Call, clock: Clock, keys: AwsKeys, payloadHash: string): HttpRequest {
    const { origin, method, path } = request
    const { region, service, rules, sendContentSha256, unsignedHeaders } = this.#options
    const signedAt = clock.date() + (this.#skews.get(origin) ?? 0)
    this.#used.set(call, { keys, signedAt })
    const time = timeOf(signedAt)
    let headers: HeaderList = request.headers.with('x-amz-date', time)
    if (sendContentSha256) headers = headers.with('x-amz-content-sha256', payloadHash)
    if (keys.sessionToken !== undefined) headers = headers.with('x-amz-security-token', keys.sessionToken.reveal())
    const signed = headers.has('host') ? headers : headers.with('host', authorityOf(origin))
    const signedNames = signedNamesOf(signed, unsignedHeaders)
    const canonical = canonicalRequest({ method, path, headers: signed, signedNames, payloadHash, rules })
    const scope = { time, region, service }
    const credential = `${keys.accessKeyId}/${scopeText(scope)}`
    const signature = signatureOf(canonical, scope, keys)
    const value = `${algorithm} Credential=${credential}, SignedHeaders=${signedNames.join(';')}, Signature=${signature}`
    return request.with({ headers: headers.with('authorization', value) })
  }
}

function sameKeys(one: AwsKeys, other: AwsKeys): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey.reveal() === other.secretAccessKey.reveal() &&
    one.sessionToken?.reveal() === other.sessionToken?.reveal()
  )
}

/** What stands in `host`. */
function authorityOf(origin: string): string {
  return origin.slice(origin.indexOf('//') + 2)
}

function noCredentials(request: HttpRequest, cause: unknown): unknown {
  const target = describeTarget(request)
  // A fault of what the function gave is named, without its value.
  const why = isHttpError(cause) ? `: ${cause.message}` : ''
  const error = isHttpError(cause) ? undefined : cause
  const message = `${target}: the function given to sigv4() gave no credentials${why}`
  return new AuthError(message, { sent: 'no', target, ...(error === undefined ? {} : { cause: error }) })
}
