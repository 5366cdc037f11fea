import { httpServer } from './http-server.ts'
import { http2Server } from './http2-server.ts'
import { httpsServer } from './https-server.ts'
import type { LocalServer } from './local-server.ts'
import type { ServerHandler } from './server-handler.ts'

/** One way to speak HTTP. */
export interface Protocol {
  readonly name: string
  /** What a client that speaks it reports. */
  readonly httpVersion: '1.1' | '2'
  readonly start: (handler: ServerHandler) => Promise<LocalServer>
}

/**
 * The protocols that each behaviour has to hold on.
 *
 * @example
 * ```ts
 * describe.each(eachProtocol)('over $name', ({ start }) => {})
 * ```
 */
export const eachProtocol: readonly Protocol[] = [
  { name: 'h1', httpVersion: '1.1', start: (handler) => httpServer(handler) },
  { name: 'h1 over TLS', httpVersion: '1.1', start: (handler) => httpsServer(handler) },
  { name: 'h2', httpVersion: '2', start: (handler) => http2Server(handler) },
]
