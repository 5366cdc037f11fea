import { ConfigError, type AnyMiddleware, type ClientEvents, type ContributedOptions } from '@halyard/core'
import { oneOf } from '@halyard/core/options'
import type { Balancer, EndpointState } from '@halyard/resilience/balance'
import type { CircuitBreaker } from '@halyard/resilience/breaker'
import type { BodyInit } from './body/encode-body.ts'
import type { CallOptions } from './call/call-options.ts'
import { clientEventNames, type ClientEventMap } from './call/client-events.ts'
import type { IncomingLike } from './call/forward.ts'
import { forwardedCall } from './call/forwarded-call.ts'
import { OutgoingCall, type CallParts } from './call/outgoing-call.ts'
import { ResponsePromise } from './call/response-promise.ts'
import type { ClientConfig } from './config/client-config.ts'
import type { TimeoutOptions } from './layers/call-timeout.ts'

/** Options of a call: what every call understands, and what the client's middlewares add. */
export type CallOptionsOf<Options extends object> = CallOptions & Partial<Options>

/** What `extend` may change; connections, and what later layers keep, stay shared. */
export type ExtendConfig<C extends readonly AnyMiddleware[], A extends readonly AnyMiddleware[]> = Pick<
  ClientConfig<C, A>,
  'headers' | 'query' | 'queryStyle' | 'secretHeaders' | 'auth' | 'binding' | 'errorSchema' | 'use'
> & {
  readonly base?: string | URL | undefined
  readonly timeout?: number | false | Pick<TimeoutOptions, 'totalMs' | 'attemptMs'> | undefined
}

/** The parts of a client, made once. */
export interface ClientParts extends CallParts {
  readonly breaker: CircuitBreaker | undefined
  readonly balancer: Balancer | undefined
  readonly events: ClientEvents
  stats(): Readonly<Record<string, unknown>>
  readonly layers: readonly string[]
  extend(config: object): ClientParts
  close(): Promise<void>
  destroy(error: unknown): Promise<void>
}

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
    return new ResponsePromise(forwardedCall(this.#parts, path, incoming, options), this.#parts.sender)
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
    return this.#parts.stats()
  }

  /** The circuits of this client, by origin. @throws ConfigError where there are none */
  get breaker(): CircuitBreaker {
    const { breaker } = this.#parts
    if (breaker !== undefined) return breaker
    throw new ConfigError({ option: 'circuitBreaker', value: undefined, expected: 'options, for there is no breaker' })
  }

  /** The endpoints of a client of several, as they are now; none otherwise. */
  endpoints(): readonly EndpointState[] {
    return this.#parts.balancer?.endpoints() ?? []
  }

  /** Listens for what layers tell, until what it returns is called. Nothing is made where nobody listens. */
  on<Name extends keyof ClientEventMap>(name: Name, listener: (event: ClientEventMap[Name]) => void): () => void {
    oneOf(...clientEventNames)(name, 'event')
    // Each layer emits its own events under its name.
    return this.#parts.events.on(name, listener as (event: object) => void)
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
    return new ResponsePromise(new OutgoingCall(this.#parts, method, path, body, options), this.#parts.sender)
  }
}
