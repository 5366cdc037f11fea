import type { Server } from 'node:net'

/** A server on loopback, started for a test. Gone with `await using`, or with `close`. */
export interface LocalServer extends AsyncDisposable {
  /** `http://127.0.0.1:1234`; of a server on a socket path, `http://localhost`. */
  readonly origin: string
  /** 0 for a server on a socket path. */
  readonly port: number
  /** The root to trust, in PEM; `undefined` without TLS. */
  readonly ca: string | undefined
  /** Sockets open now. */
  readonly connections: number
  /** The most that were open at one time. */
  readonly maxConnections: number
  readonly totalConnections: number
  /** Requests whose head has come. */
  readonly requests: number
  /** Node's server, for what this interface leaves out. */
  readonly server: Server
  /** Resolves when no socket is open; at once where none is. */
  idle(): Promise<void>
  /**
   * Stops listening and destroys the sockets that are left. Safe to call again.
   * @throws what a handler or script threw, unless it was the consequence of a client that went away.
   */
  close(): Promise<void>
}
