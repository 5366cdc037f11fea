import { createSecureServer, createServer, type SecureServerOptions } from 'node:http2'
import type { LocalServer } from './local-server.ts'
import { serve } from './serve.ts'
import type { ServerHandler } from './server-handler.ts'
import { StartedServer } from './started-server.ts'
import { resolveTls, type TlsSettings } from './tls-settings.ts'

/** How a server of HTTP/2 speaks. */
export interface Http2Settings extends TlsSettings {
  /**
   * Also serves clients that ask for HTTP/1.1.
   * @defaultValue false
   */
  readonly allowHTTP1?: boolean
  /** What the server announces: `maxConcurrentStreams`, `initialWindowSize` … */
  readonly settings?: NonNullable<SecureServerOptions['settings']>
}

/** Starts a server of HTTP/2 over TLS. */
export async function http2Server(handler: ServerHandler, settings: Http2Settings = {}): Promise<LocalServer> {
  const { options, ca } = await resolveTls(settings)
  const server = createSecureServer({
    ...options,
    allowHTTP1: settings.allowHTTP1 ?? false,
    ...(settings.settings !== undefined && { settings: settings.settings }),
  })
  const started = new StartedServer(server, { scheme: 'https', ca })
  serve(started, handler)
  return await started.listen()
}

/** Starts a server of HTTP/2 in clear text, for clients that know it beforehand. */
export function h2cServer(handler: ServerHandler): Promise<LocalServer> {
  const started = new StartedServer(createServer(), { scheme: 'http' })
  serve(started, handler)
  return started.listen()
}
