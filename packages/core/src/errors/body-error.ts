import { HttpError, type ErrorFacts } from './http-error.ts'

export interface BodyFacts extends ErrorFacts {
  readonly code: 'encode' | 'decode' | 'no-content' | 'file' | 'too-large' | 'not-replayable'
  readonly receivedBytes?: number
}

/** A body could not be made, sent again, read within its limits, or understood. */
export class BodyError extends HttpError {
  readonly code: BodyFacts['code']
  readonly receivedBytes: number

  constructor(message: string, facts: BodyFacts) {
    super(message, facts)
    this.code = facts.code
    this.receivedBytes = facts.receivedBytes ?? 0
  }
}
