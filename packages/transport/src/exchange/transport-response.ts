import type { HeaderList, HttpRequest, HttpResponse } from '@halyard/core'
import type { BodyHandle } from './body-handle.ts'
import type { Trailers } from './trailers.ts'

export class TransportResponse implements HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly httpVersion: '1.0' | '1.1' | '2'
  readonly headers: HeaderList
  readonly body: BodyHandle
  readonly #request: HttpRequest
  readonly #trailers: Trailers

  constructor(
    status: number,
    statusText: string,
    httpVersion: '1.0' | '1.1' | '2',
    headers: HeaderList,
    body: BodyHandle,
    request: HttpRequest,
    trailers: Trailers,
  ) {
    this.status = status
    this.statusText = statusText
    this.httpVersion = httpVersion
    this.headers = headers
    this.body = body
    this.#request = request
    this.#trailers = trailers
  }

  get url(): URL {
    return this.#request.url
  }

  trailers(): Promise<HeaderList> {
    return this.#trailers.read()
  }
}
