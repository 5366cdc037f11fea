import { CallContext } from '../call/call-context.ts'
import { ConfigError } from '../errors/config-error.ts'
import { headerList, type HeadersInit } from '../request/header-fields.ts'
import { checkMethod } from '../request/header-syntax.ts'
import { httpRequest } from '../request/http-request.ts'
import { bytesBody, textBody, type RequestBody } from '../request/request-body.ts'
import type { HttpResponse } from '../response/http-response.ts'
import { ClientRuntime } from '../runtime/client-runtime.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { BaseUrl, checkScheme, resolveAbsolute } from '../url/base-url.ts'
import { shownUrl } from '../url/shown-url.ts'
import { compose } from './compose.ts'
import type { AnyMiddleware, ContributedOptions, HttpHandler } from './middleware.ts'
import type { Transport } from './transport.ts'

/** What every call of a pipeline understands, besides what its middlewares add. */
export interface PipelineCallOptions {
  readonly signal?: AbortSignal | undefined
  readonly headers?: HeadersInit | undefined
  readonly body?: RequestBody | string | Uint8Array | undefined
}

/** A client of bare parts: no facade, no readers, responses as the chain made them. */
// oxlint-disable-next-line typescript/no-empty-object-type -- no options contributed
export interface Pipeline<Options extends object = {}> extends AsyncDisposable {
  /** Type-only. Makes a client without retry unassignable where `Pipeline<RetryRequestOptions>` is wanted. */
  readonly '~options'?: Options
  request(method: string, url: string | URL, options?: PipelineCallOptions & Partial<Options>): Promise<HttpResponse>
  get(url: string | URL, options?: PipelineCallOptions & Partial<Options>): Promise<HttpResponse>
  /** Puts `use` around this client's layers. They are shared with all that they hold, and so is the transport. */
  extend<const Ms extends readonly AnyMiddleware[]>(extra: {
    readonly use: Ms
  }): Pipeline<Options & ContributedOptions<Ms>>
  /** Layer names, outermost first, the transport last. */
  describe(): readonly string[]
  /** Ends in order: waits for what is in flight. Idempotent. */
  close(): Promise<void>
}

export interface PipelineConfig<Ms extends readonly AnyMiddleware[]> {
  readonly transport: Transport
  readonly baseUrl?: string | URL | undefined
  /** First is outermost. */
  readonly use?: Ms | undefined
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
}

/**
 * Builds a client of a transport and a list of layers, in the order given: no facade, no defaults.
 *
 * @example
 * ```ts
 * const api = createPipeline({ transport: transport(), use: [retry({ attempts: 3 })] })
 * ```
 */
export function createPipeline<const Ms extends readonly AnyMiddleware[] = []>(
  config: PipelineConfig<Ms>,
): Pipeline<ContributedOptions<Ms>> {
  if (typeof config?.transport?.open !== 'function') {
    throw new ConfigError({
      option: 'transport',
      value: config?.transport,
      expected: 'a transport, such as transport()',
    })
  }
  const host = new ClientRuntime(config.clock)
  const send = config.transport.open(host)
  const base = config.baseUrl === undefined ? undefined : baseOf(config.baseUrl)
  const shared = { runtime: attachSend(host, send), host, base }
  return new ComposedPipeline(config.use ?? [], send, [config.transport.name], shared)
}

/** Completes a host's runtime by the bare transport. */
export function attachSend(host: ClientRuntime, send: HttpHandler): Runtime {
  return {
    send,
    watchdog: host.watchdog,
    now: host.now,
    date: host.date,
    random: host.random,
    after: host.after,
    sleep: (ms, signal) => host.sleep(ms, signal),
    events: host.events,
    gauge: (name, read) => host.gauge(name, read),
    onClose: (dispose) => host.onClose(dispose),
  }
}

function baseOf(url: string | URL): BaseUrl {
  const parsed = URL.parse(String(url))
  if (parsed === null)
    throw new ConfigError({ option: 'baseUrl', value: shownUrl(String(url)), expected: 'an absolute URL' })
  checkScheme(parsed, 'baseUrl')
  return new BaseUrl(parsed)
}

/** What a pipeline and those that extend it have in common. */
interface Shared {
  readonly runtime: Runtime
  readonly host: ClientRuntime
  readonly base: BaseUrl | undefined
}

class ComposedPipeline<Options extends object> implements Pipeline<Options> {
  declare readonly '~options'?: Options
  readonly #handler: HttpHandler
  readonly #names: readonly string[]
  readonly #shared: Shared

  /** Puts `layers` around `inner`, which is called `names`. */
  constructor(layers: readonly AnyMiddleware[], inner: HttpHandler, names: readonly string[], shared: Shared) {
    this.#handler = compose(layers, inner, shared.runtime)
    this.#names = [...layers.map(({ name }) => name), ...names]
    this.#shared = shared
  }

  async request(
    method: string,
    url: string | URL,
    options: PipelineCallOptions & Partial<Options> = {},
  ): Promise<HttpResponse> {
    checkMethod(method)
    const { base } = this.#shared
    const target = typeof url === 'string' && base !== undefined ? base.resolve(url, '') : resolveAbsolute(url)
    const body =
      typeof options.body === 'string'
        ? textBody(options.body)
        : options.body instanceof Uint8Array
          ? bytesBody(options.body)
          : options.body
    const given = headerList(options.headers)
    const typed = body?.contentType !== undefined && !given.has('content-type')
    const headers = typed ? given.with('content-type', body.contentType) : given
    const call = new CallContext(options as Readonly<Record<string, unknown>>, options.signal)
    const request = httpRequest({ method, origin: target.origin, path: target.path, headers, body })
    try {
      const response = await this.#handler(request, call)
      if (call.lent) response.body.onSettled(() => call.end())
      return response
    } catch (error) {
      call.end()
      throw error
    }
  }

  get(url: string | URL, options?: PipelineCallOptions & Partial<Options>): Promise<HttpResponse> {
    return this.request('GET', url, options)
  }

  extend<const Ms extends readonly AnyMiddleware[]>(extra: {
    readonly use: Ms
  }): Pipeline<Options & ContributedOptions<Ms>> {
    return new ComposedPipeline(extra.use, this.#handler, this.#names, this.#shared)
  }

  describe(): readonly string[] {
    return [...this.#names]
  }

  close(): Promise<void> {
    return this.#shared.host.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
