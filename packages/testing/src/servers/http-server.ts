import { createServer } from 'node:http'
import type { LocalServer } from './local-server.ts'
import { serve } from './serve.ts'
import type { ServerHandler } from './server-handler.ts'
import { StartedServer } from './started-server.ts'

/**
 * Starts a server of HTTP/1.1 in clear text.
 *
 * @example
 * ```ts
 * await using server = await httpServer((request, response) => void response.end(request.url))
 * ```
 */
export function httpServer(handler: ServerHandler): Promise<LocalServer> {
  const started = new StartedServer(createServer(), { scheme: 'http' })
  serve(started, handler)
  return started.listen()
}
