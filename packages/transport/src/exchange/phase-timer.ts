import { Watched, type TimeoutPhase, type Watchdog } from '@halyard/core'

/** The clock of an exchange: which phase it is in, and how long that may take. */
export abstract class PhaseTimer extends Watched {
  readonly #watchdog: Watchdog
  protected phase: TimeoutPhase = 'queue'
  protected limitMs: number = Infinity

  constructor(watchdog: Watchdog) {
    super()
    this.#watchdog = watchdog
  }

  /** Enters a phase; `false` is without limit. */
  protected enter(phase: TimeoutPhase, limitMs: number | false): void {
    this.phase = phase
    this.limitMs = limitMs === false ? Infinity : limitMs
    this.#watchdog.watch(this, limitMs === false ? Infinity : this.#watchdog.now() + limitMs)
  }

  /** Something moved: the phase's time starts anew. */
  protected moved(): void {
    this.dueAt = this.#watchdog.now() + this.limitMs
  }

  /** The wait is the consumer's, not the peer's. */
  protected suspend(): void {
    this.dueAt = Infinity
  }

  protected leave(): void {
    this.#watchdog.unwatch(this)
  }
}
