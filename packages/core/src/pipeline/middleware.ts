import type { Call } from '../call/call.ts'
import type { HttpRequest } from '../request/http-request.ts'
import type { HttpResponse } from '../response/http-response.ts'
import type { Runtime } from '../runtime/runtime.ts'

/**
 * Sends one request and resolves with its response head; the body may still be streaming.
 * A status is never an error here. Whoever calls `next` twice must `discard` the first response's body, and may do so
 * only where `canResend` says so.
 */
export type HttpHandler = (request: HttpRequest, call: Call) => Promise<HttpResponse>

/**
 * Wraps a handler. `wrap` runs once, when the client is built; only the returned handler is hot.
 *
 * @example
 * ```ts
 * function requestId(generate: () => string = () => crypto.randomUUID()): Middleware {
 *   return {
 *     name: 'request-id',
 *     wrap: (next) => (request, call) =>
 *       next(request.with({ headers: request.headers.with('x-request-id', generate()) }), call),
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- a middleware that understands no options
export interface Middleware<Options extends object = {}> {
  /** For people: `describe()` and messages. Nothing is looked up or ordered by it. */
  readonly name: string
  wrap(next: HttpHandler, runtime: Runtime): HttpHandler
  /** Type-only: the per-request options this middleware understands. Never assigned. */
  readonly '~options'?: Options
}

/** A middleware whatever its options: what lists of them hold. */
export type AnyMiddleware = Middleware<object>

type OptionsOf<M> = M extends Middleware<infer Options> ? Options : never
type Intersect<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never

/** The per-request options that a list of middlewares adds. */
export type ContributedOptions<Ms extends readonly AnyMiddleware[]> = Ms extends readonly []
  ? // oxlint-disable-next-line typescript/no-empty-object-type -- nothing contributed
    {}
  : Extract<Intersect<OptionsOf<Ms[number]>>, object>
