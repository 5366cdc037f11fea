import { AuthError, suppress, type ErrorFacts, type HttpError } from '@halyard/core'

export interface OAuth2Facts extends ErrorFacts {
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
  readonly status?: number | undefined
}

/**
 * There is no access token to be had. `error` and `errorDescription` are the authorization server's own words (RFC 6749
 * §5.2), shortened, and without the secrets that were sent to it.
 */
export class OAuth2Error extends AuthError {
  readonly error: string | undefined
  readonly errorDescription: string | undefined
  /** What the token endpoint answered; `undefined` where it did not. */
  readonly status: number | undefined

  constructor(message: string, facts: OAuth2Facts) {
    super(message, facts)
    this.error = facts.error
    this.errorDescription = facts.errorDescription
    this.status = facts.status
  }

  override toJSON(): Record<string, unknown> {
    const { error, errorDescription, status } = this
    return { ...super.toJSON(), error, errorDescription, status }
  }
}

/** Why a token could not be had. Thrown inside; each call that waited gets an error of its own made of it. */
export class TokenFailure extends Error {
  readonly facts: TokenFailureFacts

  constructor(why: string, facts: TokenFailureFacts = {}) {
    super(why)
    this.facts = facts
  }

  /** An `HttpError` that caused it is not wrapped: it stands among the earlier failures. */
  toError(target: string, sent: ErrorFacts['sent']): OAuth2Error {
    const { error, errorDescription, status, exchange, cause } = this.facts
    const message = `${target === '' ? '' : `${target}: `}no access token: ${this.message}`
    const made = new OAuth2Error(message, { sent, target, error, errorDescription, status, cause })
    if (exchange !== undefined) suppress(made, [exchange])
    return made
  }
}

export interface TokenFailureFacts {
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
  readonly status?: number | undefined
  /** For how long the server does not want to be asked again. */
  readonly retryAfterMs?: number | undefined
  /** How the exchange with the server failed. */
  readonly exchange?: HttpError | undefined
  /** What a function of the caller's threw. */
  readonly cause?: unknown
}
