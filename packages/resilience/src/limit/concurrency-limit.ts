/** A limit that learns: how many calls at once a peer can take. */
export interface ConcurrencyLimit {
  /** A whole number. */
  readonly limit: number
  /** A call was answered after `latencyMs`; `inFlight` were under way, itself among them. */
  answered(latencyMs: number, inFlight: number): void
  /** A call failed in a way that speaks of overload. */
  dropped(inFlight: number): void
}

/** Where a limit begins, and its bounds. */
export interface LimitBounds {
  readonly initial: number
  readonly min: number
  readonly max: number
}
