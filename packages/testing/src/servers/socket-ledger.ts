import type { Server, Socket } from 'node:net'

/** Counts the sockets of a server and can destroy them. With TLS these are the TCP sockets below. */
export class SocketLedger {
  peak = 0
  total = 0
  readonly #open = new Set<Socket>()
  #waiting: (() => void)[] = []

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => this.#add(socket))
  }

  get open(): number {
    return this.#open.size
  }

  /** Resolves when no socket is open. */
  empty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  /** The open socket whose other end has that port: the TCP socket below a TLS socket. */
  byRemotePort(port: number | undefined): Socket | undefined {
    for (const socket of this.#open) if (socket.remotePort === port) return socket
    return undefined
  }

  #add(socket: Socket): void {
    this.#open.add(socket)
    this.total += 1
    this.peak = Math.max(this.peak, this.#open.size)
    socket.once('close', () => {
      this.#open.delete(socket)
      if (this.#open.size > 0) return
      for (const resolve of this.#waiting) resolve()
      this.#waiting = []
    })
  }
}
