/** What happened to an endpoint, or to all of them. */
export type BalanceChange =
  | 'added'
  | 'removed'
  | 'ejected'
  | 'returned'
  | 'unhealthy'
  | 'healthy'
  /** Too few are usable: all are used. */
  | 'panic'
  | 'calm'

/** Told under the name `balance`. */
export type BalanceEvent =
  | {
      readonly type: BalanceChange
      /** Origin and base path; `undefined` where it is about all. */
      readonly endpoint: string | undefined
    }
  | {
      /** A request goes on to another endpoint. */
      readonly type: 'failover'
      /** Method, origin and path, as the request came to the balancer. */
      readonly target: string
      readonly from: string
      readonly to: string
      /** What was answered; `undefined` where there was no answer. */
      readonly status: number | undefined
      readonly error: unknown
    }
  | {
      /** The list of endpoints could not be had; the one before stays. */
      readonly type: 'source-failed'
      readonly error: unknown
    }
