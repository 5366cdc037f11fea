import {
  AuthError,
  canResend,
  describeTarget,
  isHttpError,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type Sent,
} from '@halyard/core'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { saysItself } from './own-headers.ts'
import { givenUp, isGivenUp, whileWanted } from './while-wanted.ts'

const usual: readonly string[] = ['authorization']

/** One attempt with the credentials of one provider. */
export class Application {
  readonly #provider: AuthProvider
  readonly #next: HttpHandler
  readonly #runtime: Runtime

  constructor(provider: AuthProvider, next: HttpHandler, runtime: Runtime) {
    this.#provider = provider
    this.#next = next
    this.#runtime = runtime
  }

  send(request: HttpRequest, call: Call): Promise<HttpResponse> {
    if (saysItself(call, request, this.#provider.sets ?? usual)) return this.#next(request, call)
    if (call.cancelled) return Promise.reject(givenUp(request, call, 'no'))
    const bare = this.#without(request)
    const provider = this.#provider
    let applied: HttpRequest | Promise<HttpRequest>
    try {
      applied = provider.apply(bare, call, this.#runtime)
    } catch (error) {
      return Promise.reject(this.#failure(bare, call, error, 'no'))
    }
    if (isPromise(applied)) return this.#sendLater(applied, bare, call)
    const wrong = this.#wrong(applied, bare, 'no')
    if (wrong !== undefined) return Promise.reject(wrong)
    const response = this.#next(applied, call)
    return provider.challenge === undefined && provider.answered === undefined
      ? response
      : this.#answered(response, applied, bare, call)
  }

  /** What a provider sets it sets anew: nothing of the client's own goes beside it. */
  #without(request: HttpRequest): HttpRequest {
    const { headers } = request
    const kept = (this.#provider.sets ?? usual).reduce((left, name) => left.without(name), headers)
    return kept === headers ? request : request.with({ headers: kept })
  }

  async #sendLater(work: PromiseLike<HttpRequest>, bare: HttpRequest, call: Call): Promise<HttpResponse> {
    const applied = await this.#await(work, bare, call, 'no')
    const wrong = this.#wrong(applied, bare, 'no')
    if (wrong !== undefined) throw wrong
    return await this.#answered(this.#next(applied, call), applied, bare, call)
  }

  async #answered(
    answer: Promise<HttpResponse>,
    applied: HttpRequest,
    bare: HttpRequest,
    call: Call,
  ): Promise<HttpResponse> {
    const response = await answer
    await this.#tell(response, applied, bare, call)
    if (response.status !== 401 || this.#provider.challenge === undefined) return response
    if (!canResend(bare, { response }) || isGivenUp(call, this.#runtime)) return response
    const replay = await this.#replay(response, bare, call)
    if (replay === undefined) return response
    await response.body.discard()
    if (isGivenUp(call, this.#runtime)) throw givenUp(bare, call, 'yes')
    const second = await this.#next(replay, call)
    await this.#tell(second, replay, bare, call)
    return second
  }

  /** The request to answer a challenge with. A response that an error takes the place of is let go of. */
  async #replay(response: HttpResponse, bare: HttpRequest, call: Call): Promise<HttpRequest | undefined> {
    try {
      const made = this.#provider.challenge?.(response, bare, call, this.#runtime)
      const replay = isPromise(made) ? await this.#await(made, bare, call, 'yes') : made
      const wrong = replay === undefined ? undefined : this.#wrong(replay, bare, 'yes')
      if (wrong !== undefined) throw wrong
      return replay
    } catch (error) {
      await response.body.discard()
      throw this.#failure(bare, call, error, 'yes')
    }
  }

  async #tell(response: HttpResponse, sent: HttpRequest, bare: HttpRequest, call: Call): Promise<void> {
    try {
      this.#provider.answered?.(response, sent, call, this.#runtime)
    } catch (error) {
      await response.body.discard()
      throw this.#failure(bare, call, error, 'yes')
    }
  }

  async #await<T>(work: PromiseLike<T>, bare: HttpRequest, call: Call, sent: Sent): Promise<T> {
    try {
      return await whileWanted(work, call, this.#runtime, () => givenUp(bare, call, sent))
    } catch (error) {
      throw this.#failure(bare, call, error, sent)
    }
  }

  /** An error of ours stays what it is; any other is the cause of an `AuthError`, whose message holds nothing of it. */
  #failure(bare: HttpRequest, call: Call, error: unknown, sent: Sent): unknown {
    if (isHttpError(error)) return error
    // A provider that waits on the call's signal fails with the bare reason.
    if (call.cancelled && error === call.reason) return givenUp(bare, call, sent)
    const target = describeTarget(bare)
    const message = `${target}: the provider "${this.#provider.name}" failed to give credentials`
    return new AuthError(message, { sent, target, cause: error })
  }

  /** A provider adds to a request, and sends it nowhere else. */
  #wrong(applied: HttpRequest, bare: HttpRequest, sent: Sent): AuthError | undefined {
    const fault = isRequest(applied)
      ? applied.origin === bare.origin
        ? undefined
        : 'sends the request to another origin'
      : 'gave something else than a request'
    if (fault === undefined) return undefined
    const target = describeTarget(bare)
    return new AuthError(`${target}: the provider "${this.#provider.name}" ${fault}`, { sent, target })
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function isRequest(value: unknown): value is HttpRequest {
  return typeof value === 'object' && value !== null && 'origin' in value && 'headers' in value && 'with' in value
}
