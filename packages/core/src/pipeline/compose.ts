import type { Runtime } from '../runtime/runtime.ts'
import type { AnyMiddleware, HttpHandler } from './middleware.ts'

/** Wraps `terminal` in `middlewares`, once. First is outermost: it sees the request first and the response last. */
export function compose(middlewares: readonly AnyMiddleware[], terminal: HttpHandler, runtime: Runtime): HttpHandler {
  let handler = terminal
  for (const middleware of middlewares.toReversed()) handler = middleware.wrap(handler, runtime)
  return handler
}
