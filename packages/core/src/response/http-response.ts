import type { HeaderList } from '../request/header-list.ts'
import type { TlsFacts } from '../tls/tls-facts.ts'
import type { ResponseBody } from './response-body.ts'

/** The head of an answer, its body perhaps still streaming. A 4xx or 5xx is a response like any other. */
export interface HttpResponse {
  readonly status: number
  /** The reason phrase; empty over HTTP/2. */
  readonly statusText: string
  readonly httpVersion: '1.0' | '1.1' | '2'
  readonly headers: HeaderList
  /** After redirects, the URL that answered. */
  readonly url: URL
  readonly body: ResponseBody
  /** How its connection is secured; `undefined` where it is not, or there was none. */
  readonly tls?: TlsFacts | undefined
  /** The trailer fields (RFC 9110 §6.5); resolves when the body has ended, rejects when it fails. */
  trailers(): Promise<HeaderList>
}
