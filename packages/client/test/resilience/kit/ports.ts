import type { Socket } from 'node:net'
import type { LocalServer } from '@halyard/testing'

/** Takes a server down and brings it back on the same port. */
export class Ports {
  readonly #server: LocalServer
  readonly #port: number
  readonly #sockets = new Set<Socket>()

  constructor(server: LocalServer) {
    this.#server = server
    this.#port = server.port
    server.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** As when its process is killed: the port is closed, and every connection breaks. */
  shut(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.server.close(() => resolve())
      for (const socket of this.#sockets) socket.resetAndDestroy()
    })
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { server } = this.#server
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  }
}
