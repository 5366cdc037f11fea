import { get, type IncomingMessage } from 'node:http'
import {
  bodyTaken,
  headerList,
  type HttpResponse,
  type ResponseBody,
  type SettledListener,
  TransportError,
} from '@halyard/core'
import type { EventStreamSource } from '../../../src/events/index.ts'

/** Event streams over Node's own client. */
export class HttpSource implements EventStreamSource {
  readonly target: string
  readonly safe = true
  readonly replayable = true
  readonly messages: IncomingMessage[] = []
  readonly #url: string

  constructor(url: string) {
    this.#url = url
    this.target = `GET ${url}`
  }

  open(lastEventId: string | undefined): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
      const request = get(this.#url, { headers, agent: false }, (message) => {
        this.messages.push(message)
        resolve(this.#response(message))
      })
      request.on('error', (cause) => reject(this.#failure('connect', cause)))
    })
  }

  check(response: HttpResponse): Promise<void> {
    return response.status < 400 ? Promise.resolve() : Promise.reject(new Error(`status ${response.status}`))
  }

  #failure(code: 'connect' | 'socket', cause: unknown): TransportError {
    return new TransportError(`${this.target}: the connection broke`, {
      code,
      sent: 'maybe',
      target: this.target,
      cause,
    })
  }

  #response(message: IncomingMessage): HttpResponse {
    return {
      status: message.statusCode ?? 0,
      statusText: '',
      httpVersion: '1.1',
      headers: headerList(
        Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        ),
      ),
      url: new URL(this.#url),
      body: new MessageBody(message, (cause) => this.#failure('socket', cause)),
      trailers: () => Promise.resolve(headerList([])),
    }
  }
}

/** A message of Node's as a body. Its iterator is left by destroying the message: by itself it waits for its chunk. */
class MessageBody implements ResponseBody {
  readonly #message: IncomingMessage
  readonly #failure: (cause: unknown) => Error
  #isTaken = false

  constructor(message: IncomingMessage, failure: (cause: unknown) => Error) {
    this.#message = message
    this.#failure = failure
  }

  stream(): AsyncIterable<Uint8Array> {
    if (this.#isTaken) throw bodyTaken('')
    this.#isTaken = true
    const message = this.#message
    const chunks: AsyncIterator<Uint8Array> = message[Symbol.asyncIterator]()
    const iterator: AsyncIterator<Uint8Array> = {
      next: () =>
        chunks.next().catch((cause: unknown) => {
          throw this.#failure(cause)
        }),
      return: () => {
        message.on('error', () => undefined)
        message.destroy()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.stream()) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  discard(): Promise<void> {
    this.#isTaken = true
    this.#message.destroy()
    return Promise.resolve()
  }

  onSettled(listener: SettledListener): void {
    this.#message.once('close', () => listener())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }
}
