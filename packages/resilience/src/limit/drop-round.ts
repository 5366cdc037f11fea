/**
 * Calls that were under way when one was dropped are likely to be dropped for the same reason: they count once. Without
 * this, one blink of a busy peer would take a limit down to nothing.
 */
export class DropRound {
  /** Outcomes that still belong to the drop before. */
  #left = 0

  /** A call ended without a drop. */
  outcome(): void {
    if (this.#left > 0) this.#left -= 1
  }

  /** A call was dropped, `inFlight` were under way; whether that is news. */
  isNewDrop(inFlight: number): boolean {
    if (this.#left > 0) {
      this.#left -= 1
      return false
    }
    this.#left = inFlight - 1
    return true
  }
}
