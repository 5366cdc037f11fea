import { Watched, type TimeoutPhase, type Watchdog } from '@halyard/core'

/** The clock of an exchange: which phase it is in, how long that may take, and when the call's whole time is spent. */
export abstract class PhaseTimer extends Watched {
  readonly #watchdog: Watchdog
  #phase: TimeoutPhase = 'queue'
  #limitMs = Infinity
  #phaseDueAt = Infinity

  constructor(watchdog: Watchdog) {
    super()
    this.#watchdog = watchdog
  }

  /** When the call's whole time is spent. Asked anew each time: a reader that streams lifts it. */
  protected abstract get deadlineAt(): number

  /** The phase has taken too long. */
  protected abstract onPhaseDue(phase: TimeoutPhase, limitMs: number): void

  /** The whole time of the call is spent. */
  protected abstract onDeadline(): void

  /** Enters a phase; `false` is without limit. */
  protected enter(phase: TimeoutPhase, limitMs: number | false): void {
    this.#phase = phase
    this.#limitMs = limitMs === false ? Infinity : limitMs
    this.#phaseDueAt = limitMs === false ? Infinity : this.#watchdog.now() + limitMs
    this.#watchdog.watch(this, Math.min(this.#phaseDueAt, this.deadlineAt))
  }

  /** Something moved: the phase's time starts anew. */
  protected moved(): void {
    this.#phaseDueAt = this.#watchdog.now() + this.#limitMs
    this.dueAt = Math.min(this.#phaseDueAt, this.deadlineAt)
  }

  /** The wait is the consumer's, not the peer's. */
  protected suspend(): void {
    this.#phaseDueAt = Infinity
    this.dueAt = this.deadlineAt
  }

  protected leave(): void {
    this.#watchdog.unwatch(this)
  }

  override onDue(now: number): void {
    const { deadlineAt } = this
    // A platform's timer may fire up to a millisecond early.
    const due = now + 1
    if (this.#phaseDueAt <= due && this.#phaseDueAt <= deadlineAt) this.onPhaseDue(this.#phase, this.#limitMs)
    else if (deadlineAt <= due) this.onDeadline()
    else this.#watchdog.watch(this, Math.min(this.#phaseDueAt, deadlineAt))
  }
}
