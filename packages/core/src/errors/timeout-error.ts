import { HttpError, type ErrorFacts } from './http-error.ts'

export type TimeoutPhase = 'total' | 'attempt' | 'queue' | 'connect' | 'headers' | 'idle'

export interface TimeoutFacts extends ErrorFacts {
  readonly phase: TimeoutPhase
  /** The limit that was exceeded. */
  readonly limitMs: number
  readonly receivedBytes?: number
}

/** A time limit was exceeded; `phase` says which. */
export class TimeoutError extends HttpError {
  readonly code = 'timeout'
  readonly phase: TimeoutPhase
  readonly limitMs: number
  readonly receivedBytes: number

  constructor(message: string, facts: TimeoutFacts) {
    super(message, facts)
    this.phase = facts.phase
    this.limitMs = facts.limitMs
    this.receivedBytes = facts.receivedBytes ?? 0
  }
}
