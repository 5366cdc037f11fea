import type { CancelTimer, Clock } from '@halyard/core'
import { TimerHeap, type Timer } from './timer-heap.ts'

const startDate = Date.UTC(2026, 0, 1)

/**
 * A clock that jumps from timer to timer, for millions of them: the fake clock of `@halyard/testing` looks at each of
 * its timers to find the next, which is right for tests and too slow here.
 */
export class EventClock implements Clock {
  readonly random: () => number
  readonly #timers: TimerHeap = new TimerHeap()
  #now = 0
  #serial = 0

  constructor(random: () => number) {
    this.random = random
  }

  now(): number {
    return this.#now
  }

  date(): number {
    return startDate + this.#now
  }

  after(ms: number, run: () => void): CancelTimer {
    const timer: Timer = { at: this.#now + Math.max(0, ms), serial: this.#serial, run }
    this.#serial += 1
    this.#timers.push(timer)
    return () => {
      timer.run = undefined
    }
  }

  /** Fires what is due until `end`. Before each timer all promises that can settle have settled. */
  run(end: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (this.#fire(end)) setImmediate(turn)
          else resolve()
        } catch (failure) {
          reject(failure)
        }
      }
      setImmediate(turn)
    })
  }

  /** Fires one timer; false when none is left until `end`. */
  #fire(end: number): boolean {
    for (let timer = this.#timers.first; timer !== undefined && timer.at <= end; timer = this.#timers.first) {
      this.#timers.pop()
      if (timer.run === undefined) continue
      this.#now = timer.at
      timer.run()
      return true
    }
    this.#now = end
    return false
  }
}
