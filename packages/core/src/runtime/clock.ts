/** Undoes an `after`. Calling it late or twice does nothing. */
export type CancelTimer = () => void

/** Time and chance, so that tests can hold both. No code of the project asks `Date.now`, `setTimeout` or `Math.random`. */
export interface Clock {
  /** Milliseconds on a monotonic clock; compare and subtract only. */
  now(): number
  /** Milliseconds since 1970, for what is written down or compared with a server's date. */
  date(): number
  /** 0 (included) to 1 (excluded). */
  random(): number
  /**
   * Runs `run` once, after at least `ms`. Does not keep the process alive, unless `holdsProcess`: for a wait that
   * somebody awaits, and nothing else would end.
   */
  after(ms: number, run: () => void, holdsProcess?: boolean): CancelTimer
}
