import type { HeadLimits } from '../http1/head-filter.ts'

interface PhaseTimeouts {
  /** `undefined`: what the pool says. */
  readonly queueMs: number | false | undefined
  readonly headersMs: number | false
  readonly idleMs: number | false
}

interface ResponseLimits extends HeadLimits {
  /** For readers that hold the whole body. */
  readonly bodyBytes: number
  readonly interimResponses: number
}

/** What rules an exchange: the client's, or a call's own. */
export interface ExchangeSettings {
  readonly timeouts: PhaseTimeouts
  readonly limits: ResponseLimits
}
