/** The other end finished or broke the connection before the bytes came that a script waits for. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded'

  constructor(waitedFor: string) {
    super(`the client ended the connection while the script waited for ${waitedFor}`)
  }
}
