import { HttpError, type ErrorFacts } from './http-error.ts'

export interface RejectedFacts extends ErrorFacts {
  readonly by: 'breaker' | 'bulkhead' | 'rate' | 'endpoints' | 'guard'
}

/** The client itself refused to send. */
export class RejectedError extends HttpError {
  readonly code = 'rejected'
  readonly by: RejectedFacts['by']

  constructor(message: string, facts: RejectedFacts) {
    super(message, facts)
    this.by = facts.by
  }
}
