import type { Call, HttpRequest, HttpResponse, Runtime } from '@halyard/core'

/** Proves to a server who asks. A provider of one's own is an object with a name and `apply`. */
export interface AuthProvider {
  /** For people: `basic`, `oauth2` … Never a secret. */
  readonly name: string
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
}
