import type { PayloadName } from '../payload/payload.ts'

/** Where the peers of a scenario call, and how. */
export interface Target {
  readonly origin: string
  readonly path: string
  readonly payload: PayloadName
  readonly method: 'GET' | 'POST'
  /** HTTP/2 over one connection, instead of HTTP/1.1 over 16. */
  readonly http2?: boolean
  /** PEM of the authority that signed the server's certificate. */
  readonly ca?: string
}

/** One client, ready to call. */
export interface Peer {
  /** One request, answered, parsed and validated. */
  readonly call: () => Promise<unknown>
  close(): Promise<void> | void
}

export type MakePeer = (target: Target) => Peer | Promise<Peer>

/** Of every client, over HTTP/1.1. */
export const CONNECTIONS = 16
