import type { CallContext, HeadersInit, HttpRequest } from '@halyard/core'
import type { ClientResponse } from './client-response.ts'

/** Who is told how a call went. */
export interface Settle {
  resolve(response: ClientResponse): void
  reject(error: unknown): void
}

/** A call between its promise and the client: what the reader wants, and who settles whom. */
export interface PendingCall extends Settle {
  /** Said by a reader before the call is sent. */
  accept: string
  /** Fields that a reader lays over those of the request. */
  headers: HeadersInit | undefined
  /** A reader is not ready yet: the call waits for it, and fails with it. */
  hold: Promise<void> | undefined
  /** Its reader has left before it was sent: why. */
  left: unknown
  /** Once it is sent. */
  context: CallContext | undefined
}

/** A call that is to be sent. */
export interface Sending {
  /** Method and URL, for an error about a call that was not sent. */
  readonly target: string
  /** Sends and settles it. Never throws. */
  send(pending: PendingCall): void
  /** The request without its body; `undefined` where it cannot be made. */
  preview(): HttpRequest | undefined
}
