import type { Server } from 'node:net'
import type { LocalServer } from './local-server.ts'
import { SocketLedger } from './socket-ledger.ts'

/** How a server that listens is to be reached. */
export interface Place {
  readonly scheme: 'http' | 'https'
  readonly ca?: string | undefined
  /** A socket path instead of a port on 127.0.0.1. */
  readonly path?: string
}

/** Any of the servers: what it counts, what failed, and how it ends. */
export class StartedServer implements LocalServer {
  requests = 0
  readonly server: Server
  readonly ca: string | undefined
  readonly sockets: SocketLedger
  readonly #place: Place
  readonly #failures: unknown[] = []
  #closing: Promise<void> | undefined

  constructor(server: Server, place: Place) {
    this.server = server
    this.ca = place.ca
    this.#place = place
    this.sockets = new SocketLedger(server)
  }

  get port(): number {
    const address = this.server.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  }

  get origin(): string {
    return this.#place.path === undefined ? `${this.#place.scheme}://127.0.0.1:${this.port}` : 'http://localhost'
  }

  get connections(): number {
    return this.sockets.open
  }

  get maxConnections(): number {
    return this.sockets.peak
  }

  get totalConnections(): number {
    return this.sockets.total
  }

  /** Keeps an error of a handler or script, for `close` to throw. */
  failed(error: unknown): void {
    this.#failures.push(error)
  }

  listen(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      const listening = (): void => {
        this.server.off('error', reject)
        resolve(this)
      }
      if (this.#place.path === undefined) this.server.listen(0, '127.0.0.1', listening)
      else this.server.listen(this.#place.path, listening)
    })
  }

  idle(): Promise<void> {
    return this.sockets.empty()
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #end(): Promise<void> {
    // Stops accepting first: a client that connects anew when its socket dies must not come in.
    const closed = new Promise<void>((resolve) => void this.server.close(() => resolve()))
    this.sockets.destroyAll()
    await Promise.all([closed, this.sockets.empty()])
    if (this.#failures.length === 1) throw this.#failures[0]
    if (this.#failures.length > 1) throw new AggregateError(this.#failures, 'several handlers of the server failed')
  }
}
