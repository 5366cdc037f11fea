import type { Socket } from 'node:net'
import type { Via } from './proxy/via.ts'

/** A socket that ends at an origin, or at a proxy that sends requests on. */
interface Reached {
  readonly socket: Socket
  /** What requests are changed by on their way; `undefined` where no proxy is configured. */
  readonly via: Via | undefined
}

export type OnReached = (error: Error | null, reached: Reached | undefined) => void
