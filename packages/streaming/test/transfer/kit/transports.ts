import {
  respond,
  type Call,
  type HttpRequest,
  type HttpResponse,
  type RequestBody,
  type ResponseBody,
  type SettledListener,
  type Transport,
} from '@halyard/core'

/** A transport that does as it is told, without reading the body. */
export function scripted(
  answer: (request: HttpRequest, call: Call) => HttpResponse | Promise<HttpResponse>,
): Transport {
  return { name: 'scripted', open: () => async (request, call) => await answer(request, call) }
}

/** The chunks of a body as a transport reads them. */
export function opened(body: RequestBody | undefined): AsyncIterator<Uint8Array> {
  const chunks = body?.open()
  if (chunks === undefined || chunks instanceof Uint8Array) throw new Error('not a body of chunks')
  return chunks[Symbol.asyncIterator]()
}

/** A response body of chunks as they come from a socket: nothing of it can be taken at once. */
export class ChunkedBody implements ResponseBody {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #listeners: SettledListener[] = []
  left = 0
  discarded = 0

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source
  }

  bytes(): Promise<Uint8Array> {
    return Promise.reject(new Error('not counted'))
  }

  stream(): AsyncIterable<Uint8Array> {
    const iterator: AsyncIterator<Uint8Array> = {
      next: () => this.#source.next(),
      return: () => {
        this.left += 1
        this.settle()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  discard(): Promise<void> {
    this.discarded += 1
    this.settle()
    return Promise.resolve()
  }

  onSettled(listener: SettledListener): void {
    this.#listeners.push(listener)
  }

  settle(): void {
    for (const listener of this.#listeners.splice(0)) listener()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }
}

/** A response whose body comes in chunks. */
export function chunkedResponse(body: ResponseBody, headers: Record<string, string> = {}): HttpResponse {
  const made = respond({ headers })
  return {
    status: 200,
    statusText: 'OK',
    httpVersion: '1.1',
    headers: made.headers,
    url: new URL('http://localhost/file'),
    body,
    trailers: () => made.trailers(),
  }
}
