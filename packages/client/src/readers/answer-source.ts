import type { Source } from '@halyard/binding/record'
import { describeTarget, type HttpRequest, type HttpResponse } from '@halyard/core'

/** What decoders want to know of an answer; made of strings only where there is something to say. */
export class AnswerSource implements Source {
  readonly part: undefined
  readonly #response: HttpResponse
  readonly #request: HttpRequest

  constructor(response: HttpResponse, request: HttpRequest) {
    this.#response = response
    this.#request = request
  }

  get target(): string {
    return describeTarget(this.#request)
  }

  get status(): number {
    return this.#response.status
  }

  get mediaType(): string | undefined {
    return this.#response.headers.get('content-type')
  }
}
