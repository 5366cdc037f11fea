import { HttpError, type ErrorFacts } from './http-error.ts'

export interface RejectedFacts extends ErrorFacts {
  readonly by: 'breaker' | 'bulkhead' | 'rate' | 'endpoints' | 'guard'
  /** @defaultValue false */
  readonly transient?: boolean
}

/** The client itself refused to send. */
export class RejectedError extends HttpError {
  readonly code = 'rejected'
  readonly by: RejectedFacts['by']
  /** It was refused for failures that may be over soon, as of every endpoint: another attempt makes sense. */
  readonly transient: boolean

  constructor(message: string, facts: RejectedFacts) {
    super(message, facts)
    this.by = facts.by
    this.transient = facts.transient ?? false
  }
}
