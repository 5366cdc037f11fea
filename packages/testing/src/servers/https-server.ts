import { createServer } from 'node:https'
import type { LocalServer } from './local-server.ts'
import { serve } from './serve.ts'
import type { ServerHandler } from './server-handler.ts'
import { StartedServer } from './started-server.ts'
import { resolveTls, type TlsSettings } from './tls-settings.ts'

/** Starts a server of HTTP/1.1 over TLS; its `ca` is what to trust. */
export async function httpsServer(handler: ServerHandler, settings: TlsSettings = {}): Promise<LocalServer> {
  const { options, ca } = await resolveTls(settings)
  const started = new StartedServer(createServer(options), { scheme: 'https', ca })
  serve(started, handler)
  return await started.listen()
}
