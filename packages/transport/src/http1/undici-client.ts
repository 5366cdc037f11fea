import type { Socket } from 'node:net'
// The module and not the package: undici's entry point sets a global dispatcher for everybody's `fetch`, and loads
// three times the code.
import UndiciClient from 'undici/lib/dispatcher/client.js'
import { ConnectionGone } from '../exchange/connection-gone.ts'

/** What is used of an undici client. Declared here, so that published types do not speak of undici. */
export interface Client {
  dispatch(options: object, handler: object): boolean
  destroy(error?: Error): Promise<void>
  on(event: 'disconnect' | 'connectionError' | 'error', listener: () => void): unknown
}

export interface ClientSettings {
  readonly headerBytes: number
  readonly idleTimeoutMs: number
  /** Whether the idle timeout is a limit, or a default that a server's `Keep-Alive: timeout=` may lengthen. */
  readonly idleTimeoutFixed: boolean
}

/** A server's hint may keep a connection idle this long, no longer. */
const longestHintMs = 60_000

/** Asks undici for a client whose only connection is `socket`: a second one is refused with `ConnectionGone`. */
export function clientOver(origin: string, socket: Socket, settings: ClientSettings, onGone: () => void): Client {
  let unused = true
  // All named, so that a polluted Object.prototype names none.
  const options: object = Object.assign(Object.create(null), {
    connect: (_options: unknown, callback: (error: Error | null, socket: Socket | null) => void): void => {
      if (unused) {
        unused = false
        // Not at once: the client looks for what to write only after its connector has returned.
        queueMicrotask(() => callback(null, socket))
      } else {
        // Before its requests are failed: they look for another connection, and must not find this one.
        onGone()
        queueMicrotask(() => callback(new ConnectionGone(), null))
      }
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
    allowH2: false,
  })
  return new UndiciClient(origin, options)
}
