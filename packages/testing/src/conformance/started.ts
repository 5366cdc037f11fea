import type { HttpHandler, HttpRequest, HttpResponse } from '@halyard/core'
import { WatchedCall } from './watched-call.ts'

/** A call that was started: how it stands. */
export class Started {
  readonly call: WatchedCall
  settled = false
  response: HttpResponse | undefined
  error: unknown

  constructor(handler: HttpHandler, request: HttpRequest, call: WatchedCall) {
    this.call = call
    let pending: Promise<HttpResponse>
    try {
      pending = handler(request, call)
    } catch (error) {
      pending = Promise.reject(error)
    }
    pending.then(
      (response) => {
        this.response = response
        this.settled = true
      },
      (error: unknown) => {
        this.error = error
        this.settled = true
      },
    )
  }

  /** Reads the body of the response, as its user would; `undefined` where there is no response. */
  async read(): Promise<string | undefined> {
    if (this.response === undefined) return undefined
    return new TextDecoder().decode(await this.response.body.bytes())
  }
}
