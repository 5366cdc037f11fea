import type { Clock } from '@halyard/core'

/** A clock for state machines: nothing waits on it, so it is moved without a promise. */
export interface ManualClock extends Clock {
  ms: number
}

export function manualClock(ms = 0): ManualClock {
  const clock: ManualClock = {
    ms,
    now: () => clock.ms,
    date: () => 1_800_000_000_000 + clock.ms,
    random: () => 0.5,
    after: () => {
      throw new Error('a state machine sets no timers')
    },
  }
  return clock
}
