import type { CancelTimer, Clock } from './clock.ts'

/** What a platform's timer can hold: with more, it fires at once. */
const longestMs = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  after(ms: number, run: () => void, holdsProcess = false): CancelTimer {
    const timer: unknown = setTimeout(run, Math.min(ms, longestMs))
    // Node's timers hold the process, browsers' are numbers.
    if (!holdsProcess && hasUnref(timer)) timer.unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  },
}

function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer
}
