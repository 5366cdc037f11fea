/** Which limit speaks. */
export type LimitKind = 'bulkhead' | 'rate' | 'adaptive'

/** Why a limit refused a call: no room in its queue, displaced by a higher priority, or it waited (or would) too long. */
export type LimitReason = 'full' | 'shed' | 'too-long'

/** What a limit tells as `limit`. */
export type LimitEvent =
  | { readonly type: 'queued'; readonly limit: LimitKind; readonly origin: string; readonly queued: number }
  | { readonly type: 'rejected'; readonly limit: LimitKind; readonly origin: string; readonly reason: LimitReason }
  /** A 429 came: no permits for so many milliseconds. */
  | { readonly type: 'paused'; readonly limit: LimitKind; readonly origin: string; readonly ms: number }
  /** An adaptive limit has moved. */
  | {
      readonly type: 'changed'
      readonly limit: LimitKind
      readonly origin: string
      readonly from: number
      readonly to: number
    }

/** What `stats().limits` shows of one origin under a bulkhead or an adaptive limit. */
export interface PermitGauge {
  /** How many there are. */
  readonly permits: number
  /** Calls in flight. */
  readonly held: number
  /** Calls that wait. */
  readonly queued: number
  /** Calls that were refused so far. */
  readonly rejected: number
}

/** What `stats().limits` shows of one origin under a rate limit. */
export interface RateGauge {
  /** Calls that wait. */
  readonly queued: number
  /** Milliseconds until the next permit. */
  readonly waitMs: number
  /** Calls that were refused so far. */
  readonly rejected: number
}
