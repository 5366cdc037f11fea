import type { Clock } from '@halyard/core'
import type { RollingWindow, WindowSlice } from './rolling-window.ts'

const fields = 3

/** The outcomes of the last `windowMs`, in buckets of `bucketMs`: a whole bucket is forgotten at once. */
export class TimeWindow implements RollingWindow {
  calls = 0
  failures = 0
  slow = 0
  readonly #clock: Clock
  readonly #bucketMs: number
  readonly #length: number
  /** A ring: calls, failures and slow calls of each bucket. */
  readonly #counts: Uint32Array
  /** The number of the latest bucket, counted from the clock's zero. */
  #head: number

  constructor(clock: Clock, windowMs: number, bucketMs: number) {
    this.#clock = clock
    this.#bucketMs = bucketMs
    this.#length = Math.floor(windowMs / bucketMs)
    this.#counts = new Uint32Array(this.#length * fields)
    this.#head = this.#bucketAt(clock.now())
  }

  add(failed: boolean, slow: boolean): void {
    this.roll()
    this.#put(this.#head, 1, failed ? 1 : 0, slow ? 1 : 0)
  }

  roll(): void {
    const bucket = this.#bucketAt(this.#clock.now())
    if (bucket === this.#head) return
    if (bucket - this.#head >= this.#length) this.clear()
    else for (let one = this.#head + 1; one <= bucket; one += 1) this.#forget(one)
    this.#head = bucket
  }

  clear(): void {
    this.#counts.fill(0)
    this.calls = 0
    this.failures = 0
    this.slow = 0
  }

  export(): readonly WindowSlice[] {
    this.roll()
    const now = this.#clock.now()
    const slices: WindowSlice[] = []
    for (let bucket = this.#head - this.#length + 1; bucket <= this.#head; bucket += 1) {
      const at = this.#offset(bucket)
      const calls = this.#counts[at] ?? 0
      if (calls === 0) continue
      const failures = this.#counts[at + 1] ?? 0
      slices.push({ ageMs: now - bucket * this.#bucketMs, calls, failures, slow: this.#counts[at + 2] ?? 0 })
    }
    return slices
  }

  import(slices: readonly WindowSlice[], elapsedMs: number): void {
    this.roll()
    const now = this.#clock.now()
    for (const { ageMs, calls, failures, slow } of slices) {
      const bucket = this.#bucketAt(now - ageMs - elapsedMs)
      if (bucket > this.#head - this.#length && bucket <= this.#head) this.#put(bucket, calls, failures, slow)
    }
  }

  #bucketAt(now: number): number {
    return Math.floor(now / this.#bucketMs)
  }

  /** Buckets of imported outcomes may lie before the clock's zero. */
  #offset(bucket: number): number {
    return (((bucket % this.#length) + this.#length) % this.#length) * fields
  }

  #put(bucket: number, calls: number, failures: number, slow: number): void {
    const at = this.#offset(bucket)
    this.#counts[at] = (this.#counts[at] ?? 0) + calls
    this.#counts[at + 1] = (this.#counts[at + 1] ?? 0) + failures
    this.#counts[at + 2] = (this.#counts[at + 2] ?? 0) + slow
    this.calls += calls
    this.failures += failures
    this.slow += slow
  }

  #forget(bucket: number): void {
    const at = this.#offset(bucket)
    this.calls -= this.#counts[at] ?? 0
    this.failures -= this.#counts[at + 1] ?? 0
    this.slow -= this.#counts[at + 2] ?? 0
    this.#counts.fill(0, at, at + fields)
  }
}
