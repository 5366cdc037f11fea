import type { HostRuntime } from '../runtime/runtime.ts'
import type { HttpHandler } from './middleware.ts'

/** The end of the chain. `open` runs once per client. */
export interface Transport {
  readonly name: string
  /** Whether it ends each exchange, its body included, at `call.deadlineAt`: then nobody else needs to watch for that. */
  readonly keepsDeadline?: boolean
  open(runtime: HostRuntime): HttpHandler
  /** Gauges, each under a key of the transport's own. */
  stats?(): Readonly<Record<string, unknown>>
  /** Ends everything in flight with `error`, at once. `runtime.onClose` is for the orderly end. */
  destroy?(error: unknown): Promise<void>
}
