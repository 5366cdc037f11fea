import type { CallContext } from '@halyard/core'
import type { ClientResponse } from './client-response.ts'

/** A call between its promise and the client: what the reader wants, and who settles whom. */
export interface PendingCall {
  /** Said by a reader before the call is sent. */
  accept: string
  resolve(response: ClientResponse): void
  reject(error: unknown): void
  /** Its reader has left before it was sent: why. */
  left: unknown
  /** Once it is sent. */
  context: CallContext | undefined
}

/** Sends a call and settles it. Never throws. */
export type Send = (pending: PendingCall) => void
