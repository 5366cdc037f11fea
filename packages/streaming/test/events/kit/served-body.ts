import {
  bodyTaken,
  headerList,
  type HttpResponse,
  noHeaders,
  type ResponseBody,
  type SettledListener,
} from '@halyard/core'

/** How a body goes on after its chunks: it ends, says nothing more, or fails. */
export type Ending = 'end' | 'silence' | Error

/** The body of a response that was never on a network. */
export class ServedBody implements ResponseBody {
  readonly #chunks: Uint8Array[]
  readonly #ending: Ending
  readonly #listeners: SettledListener[] = []
  #isTaken = false
  #isSettled = false
  #release: (() => void) | undefined

  constructor(chunks: readonly Uint8Array[], ending: Ending) {
    this.#chunks = [...chunks]
    this.#ending = ending
  }

  get isOpen(): boolean {
    return !this.#isSettled
  }

  stream(): AsyncIterable<Uint8Array> {
    if (this.#isTaken) throw bodyTaken('')
    this.#isTaken = true
    const iterator: AsyncIterator<Uint8Array> = {
      next: () => this.#next(),
      return: () => {
        this.#settle()
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

  /** As of a transport: what has no end is not over, either, when it is discarded. */
  discard(): Promise<void> {
    this.#isTaken = true
    if (this.#ending !== 'silence') this.#settle()
    return Promise.resolve()
  }

  onSettled(listener: SettledListener): void {
    if (this.#isSettled) listener()
    else this.#listeners.push(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    await Promise.resolve()
    const value = this.#chunks.shift()
    if (this.#isSettled) return { done: true, value: undefined }
    if (value !== undefined) return { done: false, value }
    if (this.#ending === 'silence') {
      return new Promise((resolve) => {
        this.#release = () => resolve({ done: true, value: undefined })
      })
    }
    this.#settle()
    if (this.#ending instanceof Error) throw this.#ending
    return { done: true, value: undefined }
  }

  #settle(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#release?.()
    for (const listener of this.#listeners) listener()
  }
}

export function answer(
  body: ServedBody,
  status = 200,
  headers: Readonly<Record<string, string>> = { 'content-type': 'text/event-stream' },
): HttpResponse {
  return {
    status,
    statusText: '',
    httpVersion: '1.1',
    headers: headerList(headers),
    url: new URL('http://events.test/'),
    body,
    trailers: () => Promise.resolve(noHeaders),
  }
}
