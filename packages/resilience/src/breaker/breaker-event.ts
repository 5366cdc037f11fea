import type { CircuitState } from './circuit.ts'

/** What a breaker tells as `breaker`: a circuit has changed, or a call was refused. */
export type BreakerEvent =
  | { readonly type: 'state'; readonly origin: string; readonly from: CircuitState; readonly to: CircuitState }
  | {
      readonly type: 'rejected'
      readonly origin: string
      readonly state: CircuitState
      /** Milliseconds until a probe may pass; 0 while probes are under way. */
      readonly retryAfterMs: number
    }

/** What `stats().breaker` shows of one origin. Calls, failures and slow calls are those of the window. */
export interface BreakerGauge {
  /** As it stands for the next call. */
  readonly state: CircuitState
  readonly calls: number
  readonly failures: number
  /** Calls whose head came later than `slowCallMs`. */
  readonly slow: number
  /** Calls that were refused so far. */
  readonly rejected: number
}
