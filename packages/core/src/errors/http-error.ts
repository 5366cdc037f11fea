/** Every way a call can fail, as one stable word. */
export type ErrorCode =
  | 'config'
  | 'encode'
  | 'connect'
  | 'tls'
  | 'proxy'
  | 'socket'
  | 'protocol'
  | 'timeout'
  | 'aborted'
  | 'rejected'
  | 'auth'
  | 'status'
  | 'decode'
  | 'no-content'
  | 'file'
  | 'redirect'
  | 'too-large'
  | 'not-replayable'

/**
 * Whether the peer may have acted on the request. `no`: nothing that it could act on left this machine, or the peer
 * said that it did not; `maybe`: it may have; `yes`: it answered.
 */
export type Sent = 'no' | 'maybe' | 'yes'

export interface ErrorFacts {
  readonly sent: Sent
  /** Method, origin and path, as {@link describeTarget} makes it. */
  readonly target: string
  readonly cause?: unknown
}

const brand: unique symbol = Symbol.for('halyard.error')

/**
 * The base of all errors of an exchange. Carries no headers, query, body or options: an error may be logged as it is.
 *
 * ```
 * HttpError
 * ├─ TransportError   connect | tls | proxy | socket | protocol
 * ├─ TimeoutError     timeout
 * ├─ AbortedError     aborted
 * ├─ RejectedError    rejected
 * ├─ AuthError        auth
 * ├─ StatusError      status          thrown at the facade's edge only
 * ├─ BodyError        encode | decode | no-content | file | too-large | not-replayable
 * ├─ RedirectError    redirect
 * └─ ConfigError      config          thrown before anything is sent
 * ```
 */
export abstract class HttpError extends Error {
  abstract readonly code: ErrorCode
  readonly sent: Sent
  readonly target: string
  /** Failures of earlier attempts of the same call, oldest first. */
  readonly suppressed: readonly unknown[] = []

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.sent = facts.sent
    this.target = facts.target
    Object.defineProperty(this, brand, { value: true })
    Object.defineProperty(this, 'suppressed', { writable: true, enumerable: false })
  }

  override get name(): string {
    return this.constructor.name
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message, target: this.target, sent: this.sent }
  }
}

/** Whether `error` comes from Halyard, from whichever copy of the package, and has this code. */
export function isHttpError(error: unknown, code?: ErrorCode): error is HttpError {
  return error instanceof Error && brand in error && (code === undefined || ('code' in error && error.code === code))
}

/** Records the failures of earlier attempts on the error that ends a call. */
export function suppress(error: HttpError, earlier: readonly unknown[]): HttpError {
  Object.defineProperty(error, 'suppressed', { value: [...error.suppressed, ...earlier] })
  return error
}
