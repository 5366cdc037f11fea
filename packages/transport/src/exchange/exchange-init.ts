import type { Call, HttpRequest, HttpResponse } from '@halyard/core'
import type { OriginPool } from '../pool/origin-pool.ts'
import type { Exchange } from './exchange.ts'
import type { ExchangeSettings } from './exchange-settings.ts'

/** The part of undici's controller that is used. */
export interface Controller {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

export interface ExchangeOwner {
  onExchangeSettled(exchange: Exchange): void
}

/** What an exchange is about, and who hears of it. */
export interface ExchangeInit {
  readonly request: HttpRequest
  readonly call: Call
  readonly pool: OriginPool
  readonly settings: ExchangeSettings
  readonly owner: ExchangeOwner
  readonly resolve: (response: HttpResponse) => void
  readonly reject: (error: unknown) => void
}
