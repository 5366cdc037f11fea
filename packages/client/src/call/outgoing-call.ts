import {
  CallContext,
  checkMethod,
  describeTarget,
  mergeHeaders,
  type HttpRequest,
  type RequestBody,
} from '@halyard/core'
import { encodeBody, type BodyInit } from '../body/encode-body.ts'
import { PreparedBody } from '../body/prepared-body.ts'
import type { RequestBuilder } from './build-request.ts'
import { checkCallOptions, type CallOptions } from './call-options.ts'
import type { CallSender } from './call-sender.ts'
import type { PendingCall, Sending } from './pending-call.ts'
import { unsentError } from './unsent-error.ts'

const noOptions: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null))

/** What makes requests, and what sends them. */
export interface CallParts {
  readonly builder: RequestBuilder
  readonly sender: CallSender
}

/** A call as a verb was given it: checked, encoded and sent in its turn. */
export class OutgoingCall implements Sending {
  readonly #parts: CallParts
  readonly #method: string
  readonly #path: string | URL
  readonly #body: BodyInit
  readonly #options: object | undefined

  constructor(parts: CallParts, method: string, path: string | URL, body: BodyInit, options: object | undefined) {
    this.#parts = parts
    this.#method = method
    this.#path = path
    this.#body = body
    this.#options = options
  }

  send(pending: PendingCall): void {
    const options = this.#options
    try {
      checkMethod(this.#method)
      if (options !== undefined) this.#parts.builder.checkNames(options)
      const own = ownOptions(options)
      if (own !== undefined) checkCallOptions(own)
      const given = this.#body === undefined ? own?.body : this.#body
      const encoded = encodeBody(given)
      if (encoded instanceof Promise) {
        encoded
          .then((ready) => this.#dispatch(ready, typed(own, given, ready), pending))
          .catch((wrong: unknown) => pending.reject(unsentError(wrong, () => this.target)))
      } else this.#dispatch(encoded, typed(own, given, encoded), pending)
    } catch (wrong) {
      pending.reject(unsentError(wrong, () => this.target))
    }
  }

  get target(): string {
    const request = this.preview()
    return request === undefined ? this.#method : describeTarget(request)
  }

  preview(): HttpRequest | undefined {
    try {
      return this.#parts.builder.build(this.#method, this.#path, ownOptions(this.#options), '*/*', undefined)
    } catch {
      // It would not have gone anywhere; sending it says why.
      return undefined
    }
  }

  #dispatch(body: RequestBody | undefined, own: CallOptions | undefined, pending: PendingCall): void {
    const { builder, sender } = this.#parts
    const built = builder.build(this.#method, this.#path, own, pending.accept, body)
    const request =
      pending.headers === undefined ? built : built.with({ headers: mergeHeaders(built.headers, pending.headers) })
    const call = new CallContext(recordOf(this.#options), own?.signal)
    if (pending.left !== undefined) call.cancel(pending.left)
    pending.context = call
    sender.send(request, call, pending)
  }
}

/** The caller's own object: layers look for their options in it. */
function recordOf(options: object | undefined): Readonly<Record<string, unknown>> {
  return isRecord(options) ? options : noOptions
}

function isRecord(options: object | undefined): options is Readonly<Record<string, unknown>> {
  return options !== undefined
}

/** A helper knows its type better than `headers` do; a plain value's type is a guess that they correct. */
function typed(own: CallOptions | undefined, given: unknown, body: RequestBody | undefined): CallOptions | undefined {
  if (!(given instanceof PreparedBody) || own?.mediaType !== undefined) return own
  return body?.contentType === undefined ? own : ownOptions({ ...own, mediaType: body.contentType })
}

/** The caller's own properties, for code that reads them by name: nothing comes from a polluted `Object.prototype`. */
export function ownOptions(options: object | undefined): CallOptions | undefined {
  return options === undefined ? undefined : Object.assign(Object.create(null), options)
}
