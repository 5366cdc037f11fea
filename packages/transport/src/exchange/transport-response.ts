import type { HeaderList, HttpRequest, HttpResponse, TlsFacts } from '@halyard/core'
import type { BodyHandle } from './body-handle.ts'
import { ResponseFields, type FieldRecord } from './response-fields.ts'

export interface TrailerSource {
  trailers(): Promise<HeaderList>
}

/** The head of an answer. Headers and URL are made into objects when asked for. */
export class TransportResponse implements HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly httpVersion: '1.0' | '1.1' | '2'
  readonly body: BodyHandle
  readonly tls: TlsFacts | undefined
  readonly #fields: FieldRecord
  readonly #request: HttpRequest
  readonly #source: TrailerSource
  #headers: HeaderList | undefined

  constructor(
    status: number,
    statusText: string,
    httpVersion: '1.0' | '1.1' | '2',
    fields: FieldRecord,
    body: BodyHandle,
    request: HttpRequest,
    source: TrailerSource,
    tls: TlsFacts | undefined,
  ) {
    this.status = status
    this.statusText = statusText
    this.httpVersion = httpVersion
    this.#fields = fields
    this.body = body
    this.#request = request
    this.#source = source
    this.tls = tls
  }

  get headers(): HeaderList {
    this.#headers ??= new ResponseFields(this.#fields)
    return this.#headers
  }

  get url(): URL {
    return this.#request.url
  }

  trailers(): Promise<HeaderList> {
    return this.#source.trailers()
  }
}
