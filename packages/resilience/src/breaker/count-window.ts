import type { RollingWindow, WindowSlice } from './rolling-window.ts'

const failedBit = 1
const slowBit = 2

/** The last `size` outcomes, however old they are. */
export class CountWindow implements RollingWindow {
  calls = 0
  failures = 0
  slow = 0
  readonly #outcomes: Uint8Array
  /** Where the next outcome goes. */
  #at = 0

  constructor(size: number) {
    this.#outcomes = new Uint8Array(size)
  }

  add(failed: boolean, slow: boolean): void {
    const oldest = this.#outcomes[this.#at] ?? 0
    if (this.calls < this.#outcomes.length) this.calls += 1
    else {
      if ((oldest & failedBit) !== 0) this.failures -= 1
      if ((oldest & slowBit) !== 0) this.slow -= 1
    }
    this.#outcomes[this.#at] = (failed ? failedBit : 0) | (slow ? slowBit : 0)
    this.#at = this.#at + 1 === this.#outcomes.length ? 0 : this.#at + 1
    if (failed) this.failures += 1
    if (slow) this.slow += 1
  }

  /** Nothing gets too old. */
  roll(): void {}

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slow = 0
    this.#at = 0
  }

  /** Runs of equal outcomes. */
  export(): readonly WindowSlice[] {
    const slices: WindowSlice[] = []
    const { length } = this.#outcomes
    for (let index = 0; index < this.calls;) {
      const outcome = this.#outcomes[(this.#at - this.calls + index + length) % length] ?? 0
      let run = 0
      while (index < this.calls && this.#outcomes[(this.#at - this.calls + index + length) % length] === outcome) {
        index += 1
        run += 1
      }
      const failures = (outcome & failedBit) === 0 ? 0 : run
      slices.push({ ageMs: 0, calls: run, failures, slow: (outcome & slowBit) === 0 ? 0 : run })
    }
    return slices
  }

  import(slices: readonly WindowSlice[]): void {
    for (const { calls, failures, slow } of slices) {
      // Slices of a window by time are no runs: which of their calls failed is not known, and does not matter.
      const last = Math.min(calls, this.#outcomes.length)
      for (let index = calls - last; index < calls; index += 1) this.add(index < failures, index < slow)
    }
  }
}
