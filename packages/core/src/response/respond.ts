import { headerList, type HeadersInit } from '../request/header-fields.ts'
import { noHeaders } from '../request/header-fields.ts'
import type { HeaderList } from '../request/header-list.ts'
import type { HttpResponse } from './http-response.ts'
import { MemoryBody } from './memory-body.ts'
import type { ResponseBody } from './response-body.ts'

export interface RespondInit {
  /** @defaultValue 200 */
  readonly status?: number
  readonly statusText?: string
  readonly headers?: HeadersInit
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array | undefined
  /** @defaultValue `http://localhost/` */
  readonly url?: URL | string
}

const encoder = new TextEncoder()

/**
 * Makes a response: for fallbacks, mocks and middlewares that answer themselves.
 *
 * @example
 * ```ts
 * respond({ status: 503, headers: { 'retry-after': '1' }, body: 'later' })
 * ```
 */
export function respond(init: RespondInit = {}): HttpResponse {
  const bytes = typeof init.body === 'string' ? encoder.encode(init.body) : (init.body ?? new Uint8Array())
  return new PlainResponse(init, new MemoryBody(bytes))
}

class PlainResponse implements HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly httpVersion = '1.1'
  readonly headers: HeaderList
  readonly body: ResponseBody
  readonly #url: URL | string

  constructor(init: RespondInit, body: ResponseBody) {
    this.status = init.status ?? 200
    this.statusText = init.statusText ?? ''
    this.headers = headerList(init.headers)
    this.body = body
    this.#url = init.url ?? 'http://localhost/'
  }

  get url(): URL {
    return typeof this.#url === 'string' ? new URL(this.#url) : this.#url
  }

  trailers(): Promise<HeaderList> {
    return Promise.resolve(noHeaders)
  }
}
