import { newCall, type Call, type HttpRequest, type HttpResponse } from '@halyard/core'
import type { OriginPool } from '../pool/origin-pool.ts'
import type { Exchange } from './exchange.ts'
import type { ExchangeSettings } from './exchange-settings.ts'

/** The part of undici's controller that is used. */
export interface Controller {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** `waiting` for a connection · `given` to one, not written · `sending` · `waiting for the head` · `body` · `done`. */
export type Stage = 'waiting' | 'given' | 'sending' | 'head' | 'body' | 'done'

export interface ExchangeOwner {
  /** Nothing new is sent, and bodies that nobody has begun to read are not waited for. */
  readonly closing: boolean
  onExchangeSettled(exchange: Exchange): void
}

/**
 * What an exchange is about, and who hears of it. What can be written is forgotten at its end: streams and sockets of
 * the platform keep what they carried for a while, and a garbage collector copies all that hangs on it.
 */
export interface ExchangeInit {
  readonly request: HttpRequest
  call: Call
  readonly pool: OriginPool
  readonly settings: ExchangeSettings
  readonly owner: ExchangeOwner
  resolve: (response: HttpResponse) => void
  reject: (error: unknown) => void
}

const nobody = (): void => undefined
const noCall = newCall()

/** Lets go of whoever heard of an exchange that is over. */
export function forget(init: ExchangeInit): void {
  init.call = noCall
  forgetPromise(init)
}

/** Lets go of the promise of the head, which was settled. */
export function forgetPromise(init: ExchangeInit): void {
  init.resolve = nobody
  init.reject = nobody
}
