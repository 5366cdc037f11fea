import type { CancelTimer, Clock } from '@halyard/core'

/** How much may pass at once after a pause: an eighth of a second's worth. */
const burstMs = 125

/**
 * A token bucket: holds a flow of bytes to a rate. The bucket is full at the start and holds an eighth of a second's
 * worth; several flows may share one. Timers that fire late are made up for, so that the rate is exact over time.
 */
export class Brake {
  /** What passes at once when the bucket is full; at least 1. More can be taken, and waits for all of it in one go. */
  readonly burstBytes: number
  readonly #clock: Clock
  readonly #msPerByte: number
  /** When all that was taken is paid for. */
  #paidAt: number

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.#msPerByte = 1_000 / bytesPerSecond
    this.burstBytes = Math.max(1, Math.floor((bytesPerSecond * burstMs) / 1_000))
    this.#paidAt = clock.now() - burstMs
  }

  /** Takes `bytes`; resolves when they may pass, in the order of the takes. `undefined` where they may at once. */
  take(bytes: number): Promise<void> | undefined {
    const ms = this.#reserve(bytes)
    return ms === 0 ? undefined : new Promise((resolve) => void this.#clock.after(ms, resolve, true))
  }

  /** As `take`, for those who may leave: what it returns ends the wait, and `pass` is not called then. */
  wait(bytes: number, pass: () => void): CancelTimer | undefined {
    const ms = this.#reserve(bytes)
    return ms === 0 ? undefined : this.#clock.after(ms, pass, true)
  }

  #reserve(bytes: number): number {
    const now = this.#clock.now()
    this.#paidAt = Math.max(this.#paidAt, now - burstMs) + bytes * this.#msPerByte
    return Math.max(0, this.#paidAt - now)
  }
}
