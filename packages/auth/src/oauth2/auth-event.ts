/** What a provider of OAuth 2.0 tells on the client's event `auth`. Never a token or a secret of ours. */
export type AuthEvent = TokenEvent | TokenFailureEvent | StoreFailureEvent

/** A token came. */
export interface TokenEvent {
  readonly provider: 'oauth2'
  readonly type: 'token'
  readonly grant: string
  readonly durationMs: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** None came; whoever waits gets an error of the same kind. */
export interface TokenFailureEvent {
  readonly provider: 'oauth2'
  readonly type: 'failure'
  readonly grant: string
  readonly durationMs: number
  readonly error: unknown
}

/** The store did not take a token. The call that has it goes on. */
export interface StoreFailureEvent {
  readonly provider: 'oauth2'
  readonly type: 'store-failure'
  /** As the store threw it. */
  readonly error: unknown
}
