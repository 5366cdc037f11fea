import type { Socket } from 'node:net'
// The module and not the package: undici's entry point sets a global dispatcher for everybody's `fetch`, and loads
// three times the code.
import UndiciClient from 'undici/lib/dispatcher/client.js'

/** What is used of an undici client. Declared here, so that published types do not speak of undici. */
export interface Client {
  readonly stats: { readonly pending: number; readonly running: number }
  dispatch(options: object, handler: object): boolean
  destroy(error?: Error): Promise<void>
  on(event: 'disconnect' | 'connectionError' | 'drain' | 'error', listener: () => void): unknown
}

export interface ClientSettings {
  readonly headerBytes: number
  readonly idleTimeoutMs: number
  /** Whether the idle timeout is a limit, or a default that a server's `Keep-Alive: timeout=` may lengthen. */
  readonly idleTimeoutFixed: boolean
  readonly maxStreams: number
  readonly initialWindowBytes: number
  readonly pingIntervalMs: number
}

/** A server's hint may keep a connection idle this long, no longer. */
const longestHintMs = 60_000

/** Asks undici for a client whose only connection is `socket`: a second one is refused with `ConnectionGone`. */
export function clientOver(origin: string, socket: Socket, settings: ClientSettings): Client {
  let unused = true
  // All named, so that a polluted Object.prototype names none.
  const options: object = Object.assign(Object.create(null), {
    connect: (_options: unknown, callback: (error: Error | null, socket: Socket | null) => void): void => {
      if (unused) {
        unused = false
        // Not at once: the client looks for what to write only after its connector has returned.
        queueMicrotask(() => callback(null, socket))
      } else queueMicrotask(() => callback(new ConnectionGone(), null))
    },
    pipelining: 1,
    maxHeaderSize: settings.headerBytes,
    // Phases are timed by the exchange, to the millisecond; undici's timers tick twice a second.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: settings.idleTimeoutMs,
    keepAliveMaxTimeout: settings.idleTimeoutFixed
      ? settings.idleTimeoutMs
      : Math.max(settings.idleTimeoutMs, longestHintMs),
    keepAliveTimeoutThreshold: 1_000,
    strictContentLength: true,
    allowH2: true,
    h2Options: Object.assign(Object.create(null), {
      maxConcurrentStreams: settings.maxStreams,
      pingInterval: settings.pingIntervalMs,
      connectionWindowSize: Math.max(2 * settings.initialWindowBytes, 524_288),
      initialWindowSize: settings.initialWindowBytes,
    }),
  })
  return new UndiciClient(origin, options)
}

/** A request was still waiting when its connection ended: it was never written, or was refused as a whole. */
export class ConnectionGone extends Error {
  readonly code = 'HALYARD_CONNECTION_GONE'
}

/** What undici's `dispatch` reads, each an own property: nothing comes from a polluted `Object.prototype`. */
export class DispatchOptions {
  readonly path: string
  readonly method: string
  readonly headers: readonly string[]
  readonly body: unknown
  readonly origin = undefined
  readonly query = undefined
  readonly idempotent = undefined
  readonly blocking = undefined
  readonly upgrade = undefined
  readonly headersTimeout = undefined
  readonly bodyTimeout = undefined
  readonly reset = undefined
  readonly expectContinue = undefined
  readonly servername = undefined
  readonly throwOnError = undefined
  readonly maxRedirections = undefined
  readonly typeOfService = undefined
  readonly dispatcher = undefined

  constructor(method: string, path: string, headers: readonly string[], body: unknown) {
    this.method = method
    this.path = path
    this.headers = headers
    this.body = body
  }
}
