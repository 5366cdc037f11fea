/** A connection that its peer's certificate does not justify. The transport makes a `TransportError` of it. */
export class TlsRefusal extends Error {
  readonly reason: string

  constructor(reason: 'pin' | 'revoked', message: string) {
    super(message)
    this.reason = reason
  }
}
