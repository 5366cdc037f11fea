import { randomBytes } from 'node:crypto'
import { AuthError, describeTarget, type Call, type Clock, type HttpRequest, type Runtime } from '@halyard/core'
import type { AuthProvider } from '../../provider/auth-provider.ts'
import { hashBody } from '../hash-body.ts'
import {
  resolveHttpSignature,
  type HttpSignatureOptions,
  type ResolvedHttpSignature,
} from './http-signature-options.ts'
import { jwtCounterpart, signBytes } from './signature-algorithm.ts'
import { signatureBase, signatureInput } from './signature-base.ts'
import { isPrintable } from './structured-field.ts'

/** What a request without a body does not have. */
const ofBodies = new Set(['content-digest', 'content-type', 'content-length'])

/**
 * HTTP Message Signatures (RFC 9421): signs the chosen parts of each request, anew for each attempt. A body in memory gets
 * a `content-digest` (RFC 9530), which binds it to the signature if it is among the components.
 *
 * @example
 * ```ts
 * const auth = httpSignature({ keyId: 'client-1', key: 'keys/ed25519.pem', algorithm: 'ed25519' })
 * ```
 * @throws ConfigError where an option is wrong, or the key does not fit the algorithm. Calls fail with an AuthError where
 * a request lacks a component.
 */
export function httpSignature(options: HttpSignatureOptions): AuthProvider {
  return new HttpSignatureProvider(resolveHttpSignature(options))
}

class HttpSignatureProvider implements AuthProvider {
  readonly name = 'http-signature'
  readonly sets = ['signature', 'signature-input'] as const
  readonly #options: ResolvedHttpSignature

  constructor(options: ResolvedHttpSignature) {
    this.#options = options
  }

  apply(request: HttpRequest, call: Call, runtime: Runtime): HttpRequest | Promise<HttpRequest> {
    const { contentDigest, rereadBodies } = this.#options
    const { body, headers } = request
    if (body === undefined || contentDigest === false || headers.has('content-digest')) {
      return this.#sign(request, runtime)
    }
    const hash = hashBody(body, contentDigest === 'sha-256' ? 'sha256' : 'sha512', rereadBodies, call)
    if (hash === undefined) return this.#sign(request, runtime)
    const withDigest = (bytes: Buffer): HttpRequest => {
      const value = `${contentDigest}=:${bytes.toString('base64')}:`
      return this.#sign(request.with({ headers: headers.with('content-digest', value) }), runtime)
    }
    return hash instanceof Promise ? hash.then(withDigest) : withDigest(hash)
  }

  #sign(request: HttpRequest, clock: Clock): HttpRequest {
    const { method, origin, path, headers, body } = request
    const { key, algorithm, label, structures } = this.#options
    const components =
      body === undefined
        ? this.#options.components.filter(({ name }) => !ofBodies.has(name) || headers.has(name))
        : this.#options.components
    // The transport writes the length of a body.
    const length = body?.length
    const covered =
      length === undefined || headers.has('content-length') ? headers : headers.with('content-length', `${length}`)
    const input = signatureInput(components, this.#parameters(request, clock))
    const made = signatureBase(components, input, { method, origin, path, headers: covered }, structures)
    if ('fault' in made) throw failure(request, made.fault)
    const signature = signBytes(Buffer.from(made.base, 'latin1'), key, jwtCounterpart(algorithm))
    const signed = headers
      .with('signature-input', `${label}=${input}`)
      .with('signature', `${label}=:${signature.toString('base64')}:`)
    return request.with({ headers: signed })
  }

  #parameters(request: HttpRequest, clock: Clock): Parameters<typeof signatureInput>[1] {
    const { keyId, algorithm, created, expiresInMs, nonce, tag, sendAlgorithm } = this.#options
    const now = Math.floor(clock.date() / 1000)
    return {
      created: created ? now : undefined,
      expires: expiresInMs === undefined ? undefined : now + Math.floor(expiresInMs / 1000),
      keyId,
      algorithm: sendAlgorithm ? algorithm : undefined,
      nonce: nonceOf(nonce, request),
      tag,
    }
  }
}

function nonceOf(option: boolean | (() => string), request: HttpRequest): string | undefined {
  if (typeof option === 'boolean') return option ? randomBytes(16).toString('base64url') : undefined
  const given: unknown = option()
  if (typeof given === 'string' && given !== '' && isPrintable(given)) return given
  throw failure(request, 'the function for nonces gave something else than printable ASCII')
}

function failure(request: HttpRequest, fault: string): AuthError {
  const target = describeTarget(request)
  return new AuthError(`${target}: the request cannot be signed: ${fault}`, { sent: 'no', target })
}
