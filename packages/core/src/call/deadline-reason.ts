import type { TimeoutPhase } from '../errors/timeout-error.ts'

/** Why a layer cancelled a call: its time was spent. Whoever fails because of it knows what had arrived, and says so. */
export class DeadlineReason {
  readonly phase: Extract<TimeoutPhase, 'total' | 'attempt'>
  readonly limitMs: number

  constructor(phase: 'total' | 'attempt', limitMs: number) {
    this.phase = phase
    this.limitMs = limitMs
  }
}
