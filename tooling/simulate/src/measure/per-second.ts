/** Counts what happens in each second. */
export class PerSecond {
  readonly counts: number[]

  constructor(seconds: number) {
    this.counts = Array.from({ length: seconds }, () => 0)
  }

  add(now: number, count = 1): void {
    const at = Math.floor(now / 1000)
    // What ends after the end of the time that is looked at is not counted.
    if (at < this.counts.length) this.counts[at] = (this.counts[at] ?? 0) + count
  }

  /** The mean of the seconds from `from` (included) to `to` (excluded). */
  mean(from: number, to: number): number {
    const part = this.counts.slice(from, to)
    return part.reduce((sum, count) => sum + count, 0) / part.length
  }

  max(from: number, to: number): number {
    return Math.max(...this.counts.slice(from, to))
  }
}
