import type { AuthEvent } from '@halyard/auth/oauth2'
import type { BalanceEvent } from '@halyard/resilience/balance'
import type { BreakerEvent } from '@halyard/resilience/breaker'
import type { FallbackEvent } from '@halyard/resilience/fallback'
import type { HedgeEvent } from '@halyard/resilience/hedge'
import type { LimitEvent } from '@halyard/resilience/limit'
import type { RetryEvent } from '@halyard/resilience/retry'
import type { TlsEvent } from '@halyard/tls'

/** What a client tells, by name. */
export interface ClientEventMap {
  readonly retry: RetryEvent
  readonly hedge: HedgeEvent
  readonly balance: BalanceEvent
  readonly breaker: BreakerEvent
  readonly limit: LimitEvent
  readonly fallback: FallbackEvent
  readonly tls: TlsEvent
  readonly auth: AuthEvent
}

export const clientEventNames: readonly (keyof ClientEventMap)[] = [
  'retry',
  'hedge',
  'balance',
  'breaker',
  'limit',
  'fallback',
  'tls',
  'auth',
]
