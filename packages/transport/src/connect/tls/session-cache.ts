import type { ConnectionOptions } from 'node:tls'
import type { PeerChain } from './peer-chain.ts'

/** A session, and the certificates of the connection that it began with: they are not sent again. */
export interface KeptSession {
  readonly session: Buffer
  readonly chain: PeerChain | undefined
}

/**
 * The newest TLS session of an origin, so that the next handshake is short. It belongs to the options that it was made
 * with: after a new client certificate a resumed session would speak for the old one.
 */
export class SessionCache {
  #options: ConnectionOptions | undefined
  #kept: KeptSession | undefined

  get(options: ConnectionOptions | undefined): KeptSession | undefined {
    if (options !== this.#options) {
      this.#options = options
      this.#kept = undefined
    }
    return this.#kept
  }

  /** A connection that was made with older options may still bring sessions: they are not kept. */
  put(options: ConnectionOptions | undefined, kept: KeptSession): void {
    if (options === this.#options) this.#kept = kept
  }
}
