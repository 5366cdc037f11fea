import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/** What Node's requests of HTTP/1.1 and HTTP/2 have in common. */
export interface ServerRequest extends Readable {
  readonly method: string
  /** The request target: path and query. */
  readonly url: string
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: string[]
  readonly trailers: NodeJS.Dict<string | string[]>
  /** True after the whole message came. */
  readonly complete: boolean
  readonly socket: Socket
}

/** What Node's responses of HTTP/1.1 and HTTP/2 have in common. Over HTTP/2, fields like `connection` are refused. */
export interface ServerResponse extends Writable {
  statusCode: number
  readonly headersSent: boolean
  getHeader(name: string): number | string | string[] | undefined
  setHeader(name: string, value: number | string | readonly string[]): unknown
  removeHeader(name: string): void
  writeHead(status: number, headers?: OutgoingHttpHeaders): unknown
  flushHeaders(): void
  addTrailers(trailers: OutgoingHttpHeaders): void
  writeContinue(): void
  writeEarlyHints(hints: Record<string, string | string[]>): void
}

/**
 * Answers a request. What it throws makes `close` throw, and destroys the response, so that a broken test fails
 * instead of hanging.
 */
export type ServerHandler = (request: ServerRequest, response: ServerResponse) => void | Promise<void>
