export interface WaitingTime {
  /** Milliseconds that the server asked for. */
  readonly asked: number | undefined
  /** Connections in a row that brought no event. */
  readonly failures: number
  readonly retryMs: number
  readonly maxRetryMs: number
}

/**
 * Milliseconds until the next connection. What the server asked for is the least (HTML §9.2.3); a random time is added, so
 * that the clients of a server that comes back do not all come at once, and it grows with each failure.
 */
export function waitingTime({ asked, failures, retryMs, maxRetryMs }: WaitingTime, random: number): number {
  const least = Math.min(asked ?? 0, maxRetryMs)
  const unit = failures === 0 ? (asked ?? retryMs) : Math.max(asked ?? 0, retryMs)
  const most = Math.min(least + unit * 2 ** failures, maxRetryMs)
  return least + random * (most - least)
}
