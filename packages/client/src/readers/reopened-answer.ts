import { describeTarget, type CallContext, type HttpRequest, type HttpResponse } from '@halyard/core'
import { DecodedBody } from '@halyard/streaming/decode'
import type { CallSender } from '../call/call-sender.ts'
import { releaseDeadline } from '../layers/deadline.ts'
import { readFailure } from './read-failure.ts'
import type { ReadSettings } from './read-settings.ts'

/** What a reader needs that may ask for the same thing again. */
export interface AnswerParts {
  readonly response: HttpResponse
  readonly request: HttpRequest
  readonly call: CallContext
  readonly sender: CallSender
  readonly settings: ReadSettings
}

/** An answer that can be asked for again, with other fields: a stream that goes on, a range of a file. */
export class ReopenedAnswer {
  readonly #parts: AnswerParts
  #first: HttpResponse | undefined

  constructor(parts: AnswerParts) {
    this.#parts = parts
    this.#first = parts.response
  }

  get target(): string {
    return describeTarget(this.#parts.request)
  }

  /** Whether the caller asked for a range. */
  get ranged(): boolean {
    return this.#parts.request.headers.has('range')
  }

  /** The answer that is here already, where it will do; else one to the same request with `headers` over its own. */
  async open(headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    const { request, call, sender } = this.#parts
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) {
      if (isAnswerFor(headers, first)) {
        releaseDeadline(call)
        return first
      }
      await first.body.discard()
    }
    const response = await sender.again(request, call, headers)
    return response.released()
  }

  /** Lets the first answer go, if nobody has opened it. */
  async letGo(): Promise<void> {
    const first = this.#first
    this.#first = undefined
    await first?.body.discard()
  }

  /** @throws StatusError for a 4xx or 5xx. */
  async check(response: HttpResponse): Promise<void> {
    const { request, settings } = this.#parts
    if (response.status >= 400) throw await readFailure(response, request, settings)
  }
}

/** Whether asking again would bring nothing else: `identity` is what came. */
function isAnswerFor(headers: Readonly<Record<string, string>>, { body, headers: fields }: HttpResponse): boolean {
  return Object.entries(headers).every(
    ([name, value]) =>
      name === 'accept-encoding' &&
      value === 'identity' &&
      !(body instanceof DecodedBody) &&
      !fields.has('content-encoding'),
  )
}
