import type { HeaderList, HttpResponse, ResponseBody } from '@halyard/core'

/** A response with another body, and all else as it was. */
export class ResponseWithBody implements HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly httpVersion: HttpResponse['httpVersion']
  readonly body: ResponseBody
  readonly #inner: HttpResponse

  constructor(inner: HttpResponse, body: ResponseBody) {
    this.status = inner.status
    this.statusText = inner.statusText
    this.httpVersion = inner.httpVersion
    this.body = body
    this.#inner = inner
  }

  get headers(): HeaderList {
    return this.#inner.headers
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
