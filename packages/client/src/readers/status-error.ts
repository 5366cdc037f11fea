import { HttpError, type HeaderList } from '@halyard/core'

/** RFC 9457: what a server says about a failure. */
export interface Problem {
  readonly type?: string
  readonly title?: string
  readonly status?: number
  readonly detail?: string
  readonly instance?: string
  readonly [extension: string]: unknown
}

export interface StatusFacts {
  readonly target: string
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  /** Decoded by its type, of at most 64 KiB. */
  readonly body: unknown
  readonly problem: Problem | undefined
}

/**
 * A reader met a 4xx or 5xx. `headers`, `body` and `problem` are there for code that asks; neither `inspect` nor
 * `JSON.stringify` shows them.
 */
export class StatusError extends HttpError {
  readonly code = 'status'
  readonly status: number
  readonly #facts: StatusFacts

  constructor(facts: StatusFacts) {
    super(`${facts.target}: ${facts.status}${facts.statusText === '' ? '' : ` ${facts.statusText}`}`, {
      sent: 'yes',
      target: facts.target,
    })
    this.status = facts.status
    this.#facts = facts
  }

  get headers(): HeaderList {
    return this.#facts.headers
  }

  /** The decoded body: JSON where it is JSON, else text; `undefined` where there was none. At most 64 KiB of it. */
  get body(): unknown {
    return this.#facts.body
  }

  /** The body as RFC 9457 problem details, where it is that. */
  get problem(): Problem | undefined {
    return this.#facts.problem
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), status: this.status }
  }
}

/** 4xx: the server found fault with the request. */
export class ClientRequestError extends StatusError {}

/** 5xx: the server failed. */
export class RemoteServerError extends StatusError {}

export function statusError(facts: StatusFacts): StatusError {
  return facts.status < 500 ? new ClientRequestError(facts) : new RemoteServerError(facts)
}
