import {
  headerList,
  httpRequest,
  newCall,
  noHeaders,
  type Call,
  type HeadersInit,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type ResponseBody,
  type SettledListener,
} from '@halyard/core'
import { fakeRuntime } from '@halyard/testing'
import { decodeContent, type DecodeOptions } from '../../../src/decode/index.ts'

/** A body that comes in chunks, is never buffered, and knows what is done with it. */
export class ChunkedBody implements ResponseBody {
  /** How often a chunk was asked for. */
  pulls = 0
  /** Whether its reader left before the end, or it was discarded. */
  left = false
  ended = false
  readonly #chunks: Iterator<Uint8Array>
  /** After the chunks: `end`, or what never comes, or an error. */
  readonly #then: 'end' | 'never' | Error
  #pending: ((item: IteratorResult<Uint8Array>) => void) | undefined

  constructor(chunks: Iterable<Uint8Array>, then: 'end' | 'never' | Error = 'end') {
    this.#chunks = chunks[Symbol.iterator]()
    this.#then = then
  }

  bytes(): Promise<Uint8Array> {
    return Promise.reject(new Error('the decoder reads streams'))
  }

  stream(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next(), return: () => this.#leave() }) }
  }

  async discard(): Promise<void> {
    await this.#leave()
  }

  onSettled(_listener: SettledListener): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave()
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    this.pulls += 1
    const { done, value } = this.#chunks.next()
    if (done !== true) return Promise.resolve({ done: false, value })
    if (this.#then instanceof Error) return Promise.reject(this.#then)
    if (this.#then === 'never') return new Promise((resolve) => (this.#pending = resolve))
    this.ended = true
    return Promise.resolve({ done: true, value: undefined })
  }

  #leave(): Promise<IteratorResult<Uint8Array>> {
    this.left = true
    this.#pending?.({ done: true, value: undefined })
    return Promise.resolve({ done: true, value: undefined })
  }
}

export interface AnswerInit {
  readonly status?: number
  readonly headers?: HeadersInit
  readonly body: ResponseBody
}

export function answer({ status = 200, headers, body }: AnswerInit): HttpResponse {
  return {
    status,
    statusText: '',
    httpVersion: '1.1',
    headers: headerList(headers),
    url: new URL('http://decode.test/things'),
    body,
    trailers: () => Promise.resolve(noHeaders),
  }
}

export function request(headers?: HeadersInit, method = 'GET'): HttpRequest {
  return httpRequest({
    method,
    origin: 'http://decode.test',
    path: '/things?secret=1',
    headers: headerList(headers),
    body: undefined,
  })
}

/** Sends one request through the middleware. */
export async function send(
  next: HttpHandler,
  options: DecodeOptions = {},
  sent: HttpRequest = request(),
  call: Call = newCall(),
): Promise<HttpResponse> {
  await using runtime = fakeRuntime()
  return await decodeContent(options).wrap(next, runtime)(sent, call)
}

/** The body of an answer with these codings, decoded. */
export async function decodedBody(
  codings: string,
  body: ResponseBody,
  options: DecodeOptions = {},
  callOptions: Readonly<Record<string, unknown>> = {},
): Promise<ResponseBody> {
  const response = await send(
    () => Promise.resolve(answer({ headers: { 'content-encoding': codings }, body })),
    options,
    request(),
    newCall(callOptions),
  )
  return response.body
}

/** Decodes chunks as a stream. */
export async function decodeStream(
  codings: string,
  chunks: Iterable<Uint8Array>,
  options: DecodeOptions = {},
): Promise<Uint8Array> {
  const body = await decodedBody(codings, new ChunkedBody(chunks), options)
  return await collect(body.stream())
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const gathered: Uint8Array[] = []
  for await (const chunk of chunks) gathered.push(chunk)
  return new Uint8Array(Buffer.concat(gathered))
}
