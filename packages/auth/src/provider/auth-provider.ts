import type { Call, HttpRequest, HttpResponse, Runtime } from '@halyard/core'

/** Proves to a server who asks. A provider of one's own is an object with a name and `apply`. */
export interface AuthProvider {
  /** For people: `basic`, `oauth2` … Never a secret. */
  readonly name: string
  /**
   * The header fields that it sets. They count as secret, and a call that sets one of them itself goes without this
   * provider. @defaultValue ['authorization']
   */
  readonly sets?: readonly string[] | undefined
  /**
   * The request with its credentials, made anew for each attempt. It is called for origins that the provider was given
   * for, and for no other.
   * @throws AuthError where there are none to be had.
   */
  apply(request: HttpRequest, call: Call, runtime: Runtime): HttpRequest | Promise<HttpRequest>
  /**
   * After a 401: the request to send instead, once, or `undefined` where the answer stands. `request` is as it was before
   * `apply`. Asked only where the request can be sent again.
   */
  challenge?(
    response: HttpResponse,
    request: HttpRequest,
    call: Call,
    runtime: Runtime,
  ): HttpRequest | undefined | Promise<HttpRequest | undefined>
  /**
   * Told of the head of each answer, a 401 and that to a replay too; `request` is as it was sent. It looks, and leaves the
   * body alone. For schemes in which the server has something to say, as the next nonce.
   */
  answered?(response: HttpResponse, request: HttpRequest, call: Call, runtime: Runtime): void
}
