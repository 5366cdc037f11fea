/** Permits over time. No promises, no timers: whoever wants one asks again when it is there. */
export interface RateLimiter {
  /** Takes a permit, if one is there. */
  take(): boolean
  /** Milliseconds until the `count`-th permit from now on is there, if nobody else takes one; 0 if it is. */
  waitMs(count: number): number
  /** No permit before `until`, on the clock's scale. */
  pause(until: number): void
  /** Whether nothing would be lost if it were forgotten: all permits are there. */
  readonly isFull: boolean
}
