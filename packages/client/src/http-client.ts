import {
  CallContext,
  checkMethod,
  describeTarget,
  headerList,
  mergeHeaders,
  type AnyMiddleware,
  type ContributedOptions,
  type RequestBody,
  type Transport,
} from '@halyard/core'
import { encodeBody, type BodyInit } from './body/encode-body.ts'
import { PreparedBody } from './body/prepared-body.ts'
import type { RequestBuilder } from './call/build-request.ts'
import { checkCallOptions, type CallOptions } from './call/call-options.ts'
import type { CallSender } from './call/call-sender.ts'
import { forwarded, type IncomingLike } from './call/forward.ts'
import type { PendingCall } from './call/pending-call.ts'
import { ResponsePromise } from './call/response-promise.ts'
import { unsentError } from './call/unsent-error.ts'
import type { ClientConfig } from './config/client-config.ts'
import type { TimeoutOptions } from './layers/call-timeout.ts'

/** Options of a call: what every call understands, and what the client's middlewares add. */
export type CallOptionsOf<Options extends object> = CallOptions & Partial<Options>

/** What `extend` may change; connections, and what later layers keep, stay shared. */
export type ExtendConfig<C extends readonly AnyMiddleware[], A extends readonly AnyMiddleware[]> = Pick<
  ClientConfig<C, A>,
  'headers' | 'query' | 'queryStyle' | 'secretHeaders' | 'binding' | 'errorSchema' | 'use'
> & {
  readonly base?: string | URL | undefined
  readonly timeout?: number | false | Pick<TimeoutOptions, 'totalMs' | 'attemptMs'> | undefined
}

/** The parts of a client, made once. */
export interface ClientParts {
  readonly sender: CallSender
  readonly builder: RequestBuilder
  readonly transport: Transport
  readonly layers: readonly string[]
  extend(config: object): ClientParts
  close(): Promise<void>
  destroy(error: unknown): Promise<void>
}

const noOptions: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null))

/** An HTTP client. Made by `createClient`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- no middlewares, no options of theirs
export class HttpClient<Options extends object = {}> implements AsyncDisposable {
  /** Type-only. Makes a client without an option unassignable where that option is wanted. */
  declare readonly '~options'?: Options
  readonly #parts: ClientParts

  constructor(parts: ClientParts) {
    this.#parts = parts
  }

  get(path: string | URL, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('GET', path, undefined, options)
  }

  head(path: string | URL, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('HEAD', path, undefined, options)
  }

  options(path: string | URL, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('OPTIONS', path, undefined, options)
  }

  /** Its rare body is `options.body`. */
  delete(path: string | URL, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('DELETE', path, undefined, options)
  }

  post(path: string | URL, body?: BodyInit, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('POST', path, body, options)
  }

  put(path: string | URL, body?: BodyInit, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('PUT', path, body, options)
  }

  patch(path: string | URL, body?: BodyInit, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call('PATCH', path, body, options)
  }

  /** Any method; sent in upper case. */
  execute(method: string, path: string | URL, options?: CallOptionsOf<Options>): ResponsePromise {
    return this.#call(typeof method === 'string' ? method.trim().toUpperCase() : method, path, undefined, options)
  }

  /** Sends an inbound request on: verb, headers less those of its connection, and body pass through. */
  forward(path: string | URL, incoming: IncomingLike | Request, options?: CallOptionsOf<Options>): ResponsePromise {
    return new ResponsePromise((pending) => {
      try {
        const { method, headers, body } = forwarded(incoming)
        const extra = ownOptions(options)?.headers
        const merged = extra === undefined ? headers : mergeHeaders(headerList(headers), extra)
        this.#send(method, path, body, Object.assign({}, options, { headers: merged }), pending)
      } catch (wrong) {
        pending.reject(wrong)
      }
    }, this.#parts.sender)
  }

  /** A client with more layers around this one's and other defaults; shares its connections, and ends with it. */
  extend<const C extends readonly AnyMiddleware[], const A extends readonly AnyMiddleware[]>(
    config: ExtendConfig<C, A>,
  ): HttpClient<Options & ContributedOptions<C> & ContributedOptions<A>> {
    return new HttpClient(this.#parts.extend(config))
  }

  /** Layer names, outermost first, the transport last. */
  describe(): readonly string[] {
    return this.#parts.layers
  }

  /** Gauges of each layer; `origins` are the transport's. */
  stats(): Readonly<Record<string, unknown>> {
    return this.#parts.transport.stats?.() ?? {}
  }

  /**
   * Waits for what is in flight and closes every connection. Large bodies that nobody has begun to read are not waited
   * for: they fail. Idempotent.
   */
  close(): Promise<void> {
    return this.#parts.close()
  }

  /** Fails what is in flight, and closes every connection now. Idempotent. */
  destroy(error?: unknown): Promise<void> {
    return this.#parts.destroy(error)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #call(
    method: string,
    path: string | URL,
    body: BodyInit,
    options: CallOptionsOf<Options> | undefined,
  ): ResponsePromise {
    return new ResponsePromise((pending) => this.#send(method, path, body, options, pending), this.#parts.sender)
  }

  #send(
    method: string,
    path: string | URL,
    body: BodyInit,
    options: CallOptionsOf<Options> | undefined,
    pending: PendingCall,
  ): void {
    try {
      checkMethod(method)
      if (options !== undefined) this.#parts.builder.checkNames(options)
      const own = ownOptions(options)
      if (own !== undefined) checkCallOptions(own)
      const given = body === undefined ? own?.body : body
      const encoded = encodeBody(given)
      if (encoded instanceof Promise) {
        encoded
          .then((ready) => this.#dispatch(method, path, ready, typed(own, given, ready), options, pending))
          .catch((wrong: unknown) => pending.reject(unsentError(wrong, () => this.#targetOf(method, path, own))))
      } else this.#dispatch(method, path, encoded, typed(own, given, encoded), options, pending)
    } catch (wrong) {
      pending.reject(unsentError(wrong, () => this.#targetOf(method, path, ownOptions(options))))
    }
  }

  /** Where a call would go, for an error about its body. */
  #targetOf(method: string, path: string | URL, own: CallOptions | undefined): string {
    try {
      return describeTarget(this.#parts.builder.build(method, path, own, '*/*', undefined))
    } catch {
      // It would not have gone anywhere.
      return method
    }
  }

  #dispatch(
    method: string,
    path: string | URL,
    body: RequestBody | undefined,
    own: CallOptions | undefined,
    options: CallOptionsOf<Options> | undefined,
    pending: PendingCall,
  ): void {
    const { builder, sender } = this.#parts
    const built = builder.build(method, path, own, pending.accept, body)
    const request =
      pending.headers === undefined ? built : built.with({ headers: mergeHeaders(built.headers, pending.headers) })
    const call = new CallContext(options ?? noOptions, own?.signal)
    if (pending.left !== undefined) call.cancel(pending.left)
    pending.context = call
    sender.send(request, call, pending)
  }
}

/** A helper knows its type better than `headers` do; a plain value's type is a guess that they correct. */
function typed(own: CallOptions | undefined, given: unknown, body: RequestBody | undefined): CallOptions | undefined {
  if (!(given instanceof PreparedBody) || own?.mediaType !== undefined) return own
  return body?.contentType === undefined ? own : ownOptions({ ...own, mediaType: body.contentType })
}

/** The caller's own properties, for code that reads them by name: nothing comes from a polluted `Object.prototype`. */
function ownOptions(options: object | undefined): CallOptions | undefined {
  return options === undefined ? undefined : Object.assign(Object.create(null), options)
}
