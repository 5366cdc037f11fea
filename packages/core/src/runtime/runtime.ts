import type { HttpHandler } from '../pipeline/middleware.ts'
import type { Clock } from './clock.ts'
import type { EventHub } from './events.ts'
import type { Watchdog } from './watchdog.ts'

/** What a transport may use from its host. */
export interface HostRuntime extends Clock {
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. Keeps the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** The time limits of the client, served by one timer. */
  readonly watchdog: Watchdog
  /** What layers tell of what they do: a retry, a breaker that opens. */
  readonly events: EventHub
  /** Adds a gauge to the client's `stats()`; a later one of the same name replaces it. */
  gauge(name: string, read: () => unknown): void
  /** Runs when the client closes, last registered first. */
  onClose(dispose: () => void | Promise<void>): void
}

/** What a middleware may use from its host. The seam for tests: no `Date.now`, no `setTimeout`, no `Math.random`. */
export interface Runtime extends HostRuntime {
  /** The bare transport, for a middleware's own requests (token endpoint, discovery). Bypasses every layer. */
  readonly send: HttpHandler
}
