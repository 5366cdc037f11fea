import {
  compose,
  ConfigError,
  describeTarget,
  httpRequest,
  isHttpError,
  mergeHeaders,
  suppress,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Middleware,
  type Outcome,
  type Runtime,
} from '@halyard/core'
import {
  discard,
  FailedAnswer,
  givenUp,
  hasTimeFor,
  isGivenUp,
  isSpent,
  mayResend,
  noteSent,
  pause,
  sentOf,
  sentSoFar,
  speakOfCall,
} from '../outcome/index.ts'
import { balanceSettings, type BalanceOptions, type BalanceSettings } from './balance-options.ts'
import { readBase, readEndpoints, type Base, type EndpointConfig, type EndpointLike } from './endpoint-init.ts'
import { EndpointPool, isEndpointFailure } from './endpoint-pool.ts'
import { untried, type Endpoint, type EndpointState } from './endpoint.ts'
import { EndpointsError, type EndpointFailure } from './endpoints-error.ts'
import { isSource, type EndpointSource } from './source.ts'

/** A balancer, and what it knows of its endpoints. */
export interface Balancer extends Middleware {
  /** The URL that requests come with: those to another origin pass as they are. */
  readonly base: string
  /** Copies. Those that were removed stand last as long as requests to them are under way. */
  endpoints(): readonly EndpointState[]
}

/**
 * Sends each attempt to one of several endpoints, and on to another when it fails there.
 *
 * Requests come with the origin and base path of `base`; those of the chosen endpoint are put in their place. Going on
 * needs what a retry needs: a method that may be repeated, an idempotency key, or that nothing was sent; and a body
 * that can be sent again. Each endpoint is asked at most once. When nobody is left it throws an `EndpointsError`, which
 * names each; a single endpoint's failure comes as it is.
 *
 * State is made when the client is: a client that extends another shares it.
 *
 * @example
 * ```ts
 * createPipeline({ transport: transport(), baseUrl: 'http://a', use: [balance(['http://a', 'http://b'])] })
 * ```
 * @throws ConfigError for a wrong option, and for an empty list.
 */
export function balance(endpoints: readonly EndpointLike[] | EndpointSource, options: BalanceOptions = {}): Balancer {
  const settings = balanceSettings(options)
  if (isSource(endpoints)) {
    return new EndpointBalancer(
      endpoints,
      readBase(settings.base ?? endpoints.base ?? noBase, 'balance.base'),
      settings,
    )
  }
  const list = readEndpoints(endpoints)
  const first = list[0]
  if (first === undefined) {
    throw new ConfigError({ option: 'endpoints', value: endpoints, expected: 'one endpoint at least' })
  }
  const twice = list.find(({ url }, index) => list.findIndex((one) => one.url === url) !== index)
  if (twice !== undefined) {
    throw new ConfigError({ option: 'endpoints', value: twice.url, expected: 'each endpoint once', hint: 'use weight' })
  }
  return new EndpointBalancer(
    list,
    settings.base === undefined ? first : readBase(settings.base, 'balance.base'),
    settings,
  )
}

const nobody: readonly Endpoint[] = []

/** Never resolved (RFC 6761 §6.4). */
const noBase = 'http://endpoints.invalid'

class EndpointBalancer implements Balancer {
  readonly name = 'balance'
  readonly base: string
  readonly #from: readonly EndpointConfig[] | EndpointSource
  readonly #base: Base
  readonly #settings: BalanceSettings
  #pool: EndpointPool | undefined

  constructor(from: readonly EndpointConfig[] | EndpointSource, base: Base, settings: BalanceSettings) {
    this.#from = from
    this.#base = base
    this.#settings = settings
    this.base = base.origin + base.basePath
  }

  endpoints(): readonly EndpointState[] {
    if (this.#pool !== undefined) return this.#pool.states()
    return 'watch' in this.#from ? [] : this.#from.map(untried)
  }

  wrap(next: HttpHandler, runtime: Runtime): HttpHandler {
    let pool = this.#pool
    // One that was closed with its client watches and checks nothing.
    if (pool === undefined || pool.closed) {
      pool = new EndpointPool(this.#from, this.#settings, runtime)
      this.#pool = pool
    }
    const shared = pool
    runtime.gauge('endpoints', () => shared.states())
    const route = new Route(shared, this.#base, this.#settings, next, runtime)
    const { origin } = this.#base
    return (request, call) => (request.origin === origin ? route.send(request, call) : next(request, call))
  }
}

/** The way of requests through the balancer of one client. */
class Route {
  readonly #pool: EndpointPool
  readonly #base: Base
  readonly #settings: BalanceSettings
  readonly #next: HttpHandler
  readonly #runtime: Runtime
  /** Of endpoints that have middlewares of their own. */
  readonly #handlers = new WeakMap<EndpointConfig, HttpHandler>()

  constructor(pool: EndpointPool, base: Base, settings: BalanceSettings, next: HttpHandler, runtime: Runtime) {
    this.#pool = pool
    this.#base = base
    this.#settings = settings
    this.#next = next
    this.#runtime = runtime
  }

  async send(request: HttpRequest, call: Call): Promise<HttpResponse> {
    const endpoint = this.#pool.hasOther(nobody)
      ? this.#pool.choose(request, call)
      : await this.#pool.chooseWhenKnown(request, call)
    const outcome = await this.#attempt(endpoint, request, call)
    if (outcome.response !== undefined && this.#isAnswer(outcome.response)) {
      this.#pool.accepted(endpoint)
      return outcome.response
    }
    return await this.#failover(endpoint, outcome, request, call)
  }

  /** On to others, until one answers, or it may not go on, or nobody is left. */
  async #failover(first: Endpoint, failed: Outcome, request: HttpRequest, call: Call): Promise<HttpResponse> {
    const tried = [first]
    const failures: EndpointFailure[] = []
    const earlier: unknown[] = []
    let endpoint = first
    let outcome = failed
    while (this.#mayGoOn(request, outcome, call)) {
      failures.push(failureOf(endpoint, outcome))
      if (!this.#pool.hasOther(tried)) return this.#nobodyLeft(outcome, failures, tried, request, call)
      if (!this.#affords(request, outcome)) break
      const following = await this.#following(outcome, tried, request, call)
      this.#pool.emit(() => ({
        type: 'failover',
        target: describeTarget(request),
        from: endpoint.url,
        to: following.url,
        status: outcome.response?.status,
        error: outcome.error,
      }))
      earlier.push(outcome.response === undefined ? outcome.error : new FailedAnswer(request, outcome.response))
      noteSent(call, sentOf(outcome))
      await discard(outcome)
      if (this.#settings.intervalMs > 0) await pause(this.#settings.intervalMs, call, this.#runtime)
      if (isGivenUp(call, this.#runtime)) throw givenUp(request, call, earlier)
      endpoint = following
      tried.push(endpoint)
      const next = await this.#attempt(endpoint, request, call)
      if (isSpent(next) && outcome.response === undefined) {
        // What it failed with is what the call fails with.
        earlier.pop()
        break
      }
      outcome = next
      if (outcome.response !== undefined && this.#isAnswer(outcome.response)) {
        this.#pool.accepted(endpoint)
        return outcome.response
      }
    }
    if (outcome.response !== undefined) return outcome.response
    speakOfCall(outcome.error, call)
    throw isHttpError(outcome.error) && earlier.length > 0 ? suppress(outcome.error, earlier) : outcome.error
  }

  /** Whoever is next. A rule of one's own may throw, with an answer still in our hands. */
  async #following(outcome: Outcome, tried: readonly Endpoint[], request: HttpRequest, call: Call): Promise<Endpoint> {
    try {
      return this.#pool.choose(request, call, tried)
    } catch (error) {
      await discard(outcome)
      throw error
    }
  }

  async #attempt(endpoint: Endpoint, request: HttpRequest, call: Call): Promise<Outcome> {
    const startedAt = this.#runtime.now()
    endpoint.pending += 1
    let outcome: Outcome
    try {
      const response = await this.#handlerOf(endpoint.config)(this.#addressed(request, endpoint.config), call)
      response.body.onSettled(endpoint.release)
      outcome = { response }
    } catch (error) {
      endpoint.release()
      outcome = { error }
    }
    this.#pool.judge(endpoint, request, call, outcome, startedAt)
    return outcome
  }

  #isAnswer({ status }: HttpResponse): boolean {
    return !this.#settings.failover || !this.#settings.failoverStatuses.has(status)
  }

  #mayGoOn(request: HttpRequest, outcome: Outcome, call: Call): boolean {
    const settings = this.#settings
    if (!settings.failover || isGivenUp(call, this.#runtime)) return false
    if (outcome.response === undefined && !isEndpointFailure(settings, request, outcome.error)) return false
    if (!mayResend(request, outcome, call)) return false
    return hasTimeFor(settings.intervalMs, call, this.#runtime)
  }

  /** What nobody had to work for costs nothing. */
  #affords(request: HttpRequest, outcome: Outcome): boolean {
    const { budgets } = this.#settings
    return budgets === undefined || sentOf(outcome) === 'no' || budgets.of(request.origin).withdraw()
  }

  async #nobodyLeft(
    outcome: Outcome,
    failures: readonly EndpointFailure[],
    tried: readonly Endpoint[],
    request: HttpRequest,
    call: Call,
  ): Promise<HttpResponse> {
    const { response, error } = outcome
    if (response !== undefined && (this.#settings.exhausted === 'response' || this.#pool.size <= 1)) return response
    if (response === undefined && this.#pool.size <= 1) throw error
    noteSent(call, sentOf(outcome))
    await discard(outcome)
    throw new EndpointsError(request, [...failures, ...this.#pool.skipped(tried)], sentSoFar(call))
  }

  /** The request as it goes to this endpoint. */
  #addressed(request: HttpRequest, { origin, basePath, headers }: EndpointConfig): HttpRequest {
    if (origin === request.origin && basePath === this.#base.basePath && headers === undefined) return request
    return httpRequest({
      method: request.method,
      origin,
      path: rebased(request.path, this.#base.basePath, basePath),
      headers: headers === undefined ? request.headers : mergeHeaders(request.headers, headers),
      body: request.body,
    })
  }

  #handlerOf(config: EndpointConfig): HttpHandler {
    const { use, next = this.#next } = config
    if (use === undefined || use.length === 0) return next
    let handler = this.#handlers.get(config)
    if (handler === undefined) {
      handler = compose(use, next, this.#runtime)
      this.#handlers.set(config, handler)
    }
    return handler
  }
}

/** The path with another base; one that is not below the base, as after an absolute URL, stays as it is. */
function rebased(path: string, from: string, to: string): string {
  if (from === to || !path.startsWith(from)) return path
  const rest = path.slice(from.length)
  if (rest !== '' && rest[0] !== '/' && rest[0] !== '?') return path
  const joined = to + rest
  return joined.startsWith('/') ? joined : `/${joined}`
}

function failureOf({ url }: Endpoint, { response, error }: Outcome): EndpointFailure {
  return response === undefined ? { endpoint: url, error } : { endpoint: url, status: response.status }
}
