import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platform } from 'node:process'
import type { LocalServer } from './local-server.ts'
import { serve } from './serve.ts'
import type { ServerHandler } from './server-handler.ts'
import { StartedServer } from './started-server.ts'

/** A server on a socket path instead of a port. */
export interface UnixServer extends LocalServer {
  readonly socketPath: string
}

/** Starts a server of HTTP/1.1 on a Unix domain socket in the temporary directory; on Windows, on a named pipe. */
export function unixServer(handler: ServerHandler): Promise<UnixServer> {
  const name = `halyard-${randomUUID()}`
  const path = platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
  const started = new StartedUnixServer(path)
  serve(started, handler)
  return started.listen()
}

class StartedUnixServer extends StartedServer implements UnixServer {
  readonly socketPath: string

  constructor(path: string) {
    super(createServer(), { scheme: 'http', path })
    this.socketPath = path
  }
}
