import {
  AbortedError,
  CallContext,
  describeTarget,
  isHttpError,
  mergeHeaders,
  type HeadersInit,
  type HttpHandler,
  type HttpRequest,
  type Runtime,
} from '@halyard/core'
import type { ReadSettings } from '../readers/read-settings.ts'
import { signalOf } from './call-options.ts'
import { ClientResponse } from './client-response.ts'
import type { Settle } from './pending-call.ts'

/** Sends the calls of a client through its layers, and makes their responses. */
export class CallSender {
  readonly runtime: Runtime
  /** How the client's bodies are read. */
  readonly reading: ReadSettings
  readonly #handler: HttpHandler

  constructor(handler: HttpHandler, runtime: Runtime, reading: ReadSettings) {
    this.#handler = handler
    this.runtime = runtime
    this.reading = reading
  }

  send(request: HttpRequest, call: CallContext, settle: Settle): void {
    const startedAt = this.runtime.now()
    this.#handler(request, call).then(
      (inner) => {
        if (call.lent) inner.body.onSettled(() => call.end())
        settle.resolve(new ClientResponse(inner, request, call, this.runtime.now() - startedAt, this))
      },
      (error: unknown) => {
        call.end()
        settle.reject(call.cancelled && !isHttpError(error) ? cancelledError(request, error) : error)
      },
    )
  }

  /**
   * The same request once more, with `headers` laid over its own: a call of its own, with the options of `call`. For
   * readers that go on where an answer ended.
   */
  again(request: HttpRequest, call: CallContext, headers: HeadersInit): Promise<ClientResponse> {
    const once = new CallContext(call.options, signalOf(call.options))
    // One that was given on the call: a reader that streams has lifted any other.
    if (call.deadlineAt !== undefined) once.deadlineAt = call.deadlineAt
    const patched = request.with({ headers: mergeHeaders(request.headers, headers) })
    return new Promise((resolve, reject) => this.send(patched, once, { resolve, reject }))
  }
}

/** A layer passed the bare reason of a cancellation on, as code that takes a signal does. */
function cancelledError(request: HttpRequest, cause: unknown): AbortedError {
  const target = describeTarget(request)
  return new AbortedError(`${target}: aborted by the caller`, { sent: 'maybe', target, cause })
}
