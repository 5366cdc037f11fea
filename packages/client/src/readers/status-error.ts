import type { Problem } from '@halyard/binding/record'
import { HttpError, type HeaderList, type ValidationIssue } from '@halyard/core'

export interface StatusFacts {
  readonly target: string
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  /** Decoded by its type, of at most 64 KiB. */
  readonly body: unknown
  readonly problem: Problem | undefined
  /** Why the body did not fit `errorSchema`. */
  readonly issues: readonly ValidationIssue[] | undefined
  readonly excerpt: string
}

/**
 * A reader met a 4xx or 5xx, or `match` a status without a case. `headers`, `body`, `issues`, `problem` and `excerpt`
 * are there for code that asks; neither `inspect` nor `JSON.stringify` shows them.
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

  /**
   * The body, at most 64 KiB of it: decoded where it is JSON, XML or a form, else text, and `undefined` where there was
   * none. With `errorSchema` what the schema made of it, where it fits; else see `issues`.
   */
  get body(): unknown {
    return this.#facts.body
  }

  /** The body as RFC 9457 problem details, where it is that. */
  get problem(): Problem | undefined {
    return this.#facts.problem
  }

  /** Why the body did not fit `errorSchema`; `undefined` where it did, or none was given. */
  get issues(): readonly ValidationIssue[] | undefined {
    return this.#facts.issues
  }

  /** The beginning of the body as text, at most `binding.excerptBytes` bytes of it. */
  get excerpt(): string {
    return this.#facts.excerpt
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
  if (facts.status < 400) return new StatusError(facts)
  return facts.status < 500 ? new ClientRequestError(facts) : new RemoteServerError(facts)
}
