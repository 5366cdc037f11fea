import { describeTarget, isHttpError, RejectedError, type HttpRequest, type Sent } from '@halyard/core'

/** Why an endpoint did not serve a call. One of `error`, `status` and `skipped` is there. */
export interface EndpointFailure {
  /** Origin and base path. */
  readonly endpoint: string
  /** What it failed with. */
  readonly error?: unknown
  /** It answered, but with one of the statuses that count as a failure. */
  readonly status?: number
  /** It was not asked. */
  readonly skipped?: 'unhealthy' | 'ejected'
}

/** No endpoint is left that the call could go to. */
export class EndpointsError extends RejectedError {
  /** In the order in which they were asked, those that were not asked last. */
  readonly errors: readonly EndpointFailure[]

  constructor(request: HttpRequest, errors: readonly EndpointFailure[], sent: Sent) {
    const target = describeTarget(request)
    const what = errors.length === 0 ? 'there is no endpoint' : `no endpoint is left: ${errors.map(inWords).join('; ')}`
    super(`${target}: ${what}`, { by: 'endpoints', sent, target, transient: errors.some(mayPass) })
    this.errors = errors
  }
}

const passing: ReadonlySet<string> = new Set(['connect', 'socket', 'timeout', 'proxy'])

/** A failure that may be over with the next attempt; who was not asked will not be asked then, either. */
function mayPass({ error, status }: EndpointFailure): boolean {
  return status !== undefined || (isHttpError(error) && passing.has(error.code))
}

function inWords({ endpoint, error, status, skipped }: EndpointFailure): string {
  if (skipped !== undefined) return `${endpoint} is ${skipped}`
  if (status !== undefined) return `${endpoint} answered ${status}`
  return `${endpoint} failed (${error instanceof Error ? error.message : 'unknown'})`
}
