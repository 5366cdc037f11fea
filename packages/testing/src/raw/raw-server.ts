import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { LocalServer } from '../servers/local-server.ts'
import { isDisconnect } from '../servers/serve.ts'
import { StartedServer } from '../servers/started-server.ts'
import { resolveTls, type TlsSettings } from '../servers/tls-settings.ts'
import { ConnectionEnded } from './connection-ended.ts'
import { type RawConnection, SocketConnection } from './raw-connection.ts'

/**
 * Plays one connection. When it returns, the connection stays open until the client or the server closes it. What it
 * throws destroys the connection and makes `close` throw, unless the client ended the connection.
 */
export type RawScript = (connection: RawConnection) => void | Promise<void>

/** A server that sends what it is told, byte by byte. */
export interface RawServer extends LocalServer {
  /** All bytes that came, as latin1, one entry a connection. */
  readonly received: readonly string[]
}

/**
 * Starts a server that plays a script on each connection.
 *
 * @example
 * ```ts
 * await using server = await rawServer(async (connection) => {
 *   await connection.receiveHead()
 *   await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')
 *   await connection.end()
 * })
 * ```
 */
export function rawServer(script: RawScript): Promise<RawServer> {
  const started = new StartedRawServer(createServer(), { scheme: 'http' })
  started.server.on('connection', (socket: Socket) => void started.play(script, socket, socket))
  return started.listen()
}

/** The same over TLS; scripts see clear text. */
export async function rawTlsServer(script: RawScript, settings: TlsSettings = {}): Promise<RawServer> {
  const { options, ca } = await resolveTls(settings)
  const started = new StartedRawServer(createTlsServer(options), { scheme: 'https', ca })
  started.server.on('secureConnection', (socket: TLSSocket) => {
    void started.play(script, socket, started.sockets.byRemotePort(socket.remotePort) ?? socket)
  })
  return await started.listen()
}

class StartedRawServer extends StartedServer implements RawServer {
  readonly #connections: SocketConnection[] = []

  get received(): readonly string[] {
    return this.#connections.map((connection) => connection.received)
  }

  async play(script: RawScript, socket: Socket, transport: Socket): Promise<void> {
    const connection = new SocketConnection(this.#connections.length, socket, transport, () => {
      this.requests += 1
    })
    this.#connections.push(connection)
    try {
      await script(connection)
    } catch (failure) {
      if (!(failure instanceof ConnectionEnded) && !isDisconnect(failure)) this.failed(failure)
      socket.destroy()
    }
  }
}
