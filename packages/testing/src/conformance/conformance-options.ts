import type { HttpHandler, HttpRequest } from '@halyard/core'
import type { ConformanceRule } from './conformance-error.ts'

/** What a middleware needs to be checked, and what it may do. */
export interface ConformanceOptions {
  /** A request that the middleware lets through. @defaultValue `GET http://conformance.test/things` */
  readonly request?: HttpRequest
  /** The options of each call. */
  readonly callOptions?: Readonly<Record<string, unknown>>
  /** Answers the middleware's own requests. @defaultValue a handler that throws */
  readonly send?: HttpHandler
  /** For middlewares that make errors of their own out of those of `next`. @defaultValue false */
  readonly mayReplaceErrors?: boolean
  /** @defaultValue 50 */
  readonly concurrentCalls?: number
  /** Rules that the middleware breaks on purpose, as a fallback swallows errors. */
  readonly except?: readonly ConformanceRule[]
  /** How long to wait, in real time, for what must happen. Time on the runtime's clock passes by itself. @defaultValue 1000 */
  readonly patienceMs?: number
}
