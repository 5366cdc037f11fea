import { isHttpError, type HeaderList, type HttpRequest, type HttpResponse, type Outcome } from '@halyard/core'
import type { Failure, FailureKind } from './failure.ts'
import { PeekedBody } from './peeked-body.ts'

/** What `text()` reads of an answer. */
const mostBytes = 65_536

/** One attempt that failed, for as long as somebody judges it. */
export class AttemptFailure implements Failure {
  readonly attempt: number
  readonly request: HttpRequest
  readonly response: HttpResponse | undefined
  readonly error: unknown
  #peeked: PeekedBody | undefined
  #text: Promise<string> | undefined

  constructor(request: HttpRequest, { response, error }: Outcome, attempt: number) {
    this.request = request
    this.response = response
    this.error = error
    this.attempt = attempt
  }

  get kind(): FailureKind {
    if (this.response !== undefined) return 'status'
    return isHttpError(this.error) ? this.error.code : 'unknown'
  }

  text(): Promise<string> {
    if (this.#text === undefined) {
      this.#text = this.#read()
      // Whoever asks and does not wait must not bring the process down with a body that is cut.
      this.#text.catch(() => undefined)
    }
    return this.#text
  }

  /** The answer for whoever gets it next: its body is whole, even if `text` has looked at it. */
  get answer(): HttpResponse | undefined {
    const { response } = this
    return response === undefined || this.#peeked === undefined ? response : new PeekedResponse(response, this.#peeked)
  }

  /** Lets go of the answer. Never rejects. */
  async discard(): Promise<void> {
    await (this.#peeked ?? this.response?.body)?.discard()
  }

  async #read(): Promise<string> {
    if (this.response === undefined) return ''
    this.#peeked = new PeekedBody(this.response.body)
    return new TextDecoder().decode(await this.#peeked.peek(mostBytes))
  }
}

class PeekedResponse implements HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly httpVersion: HttpResponse['httpVersion']
  readonly headers: HeaderList
  readonly body: PeekedBody
  readonly #inner: HttpResponse

  constructor(inner: HttpResponse, body: PeekedBody) {
    this.status = inner.status
    this.statusText = inner.statusText
    this.httpVersion = inner.httpVersion
    this.headers = inner.headers
    this.body = body
    this.#inner = inner
  }

  get url(): URL {
    return this.#inner.url
  }

  get tls(): HttpResponse['tls'] {
    return this.#inner.tls
  }

  trailers(): Promise<HeaderList> {
    return this.#inner.trailers()
  }
}
