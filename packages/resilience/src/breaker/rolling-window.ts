/** Outcomes of one stretch of a window, for export. */
export interface WindowSlice {
  /** How long ago the stretch began, milliseconds; 0 in a window by count. */
  readonly ageMs: number
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** The latest outcomes, by time or by number. The sums are kept, never counted anew. */
export interface RollingWindow {
  readonly calls: number
  readonly failures: number
  /** Calls that took too long, whether they failed or not. */
  readonly slow: number
  add(failed: boolean, slow: boolean): void
  /** Forgets what is too old by now. `add` does so by itself. */
  roll(): void
  clear(): void
  /** Oldest first. */
  export(): readonly WindowSlice[]
  /** Adds slices that were exported `elapsedMs` ago, oldest first. */
  import(slices: readonly WindowSlice[], elapsedMs: number): void
}
