import type { IncomingMessage, ServerResponse as Http1Response } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { ServerHandler, ServerRequest, ServerResponse } from './server-handler.ts'
import type { StartedServer } from './started-server.ts'

type AnyRequest = IncomingMessage | Http2ServerRequest
type AnyResponse = Http1Response | Http2ServerResponse

/** Answers the requests of `started` by `handler`, counts them, and keeps what it throws. */
export function serve(started: StartedServer, handler: ServerHandler): void {
  started.server.on('request', (request: AnyRequest, response: AnyResponse) => {
    started.requests += 1
    void answer(request, response, handler).catch((failure: unknown) => {
      // Where the client went away first, the handler could not but fail.
      const clientLeft = (request.destroyed || response.destroyed) && isDisconnect(failure)
      if (!clientLeft) started.failed(failure)
      response.destroy()
    })
  })
}

async function answer(request: AnyRequest, response: AnyResponse, handler: ServerHandler): Promise<void> {
  if (!hasTarget(request) || !isComplete(response)) throw new Error('not a request that Node gives to servers')
  await handler(request, response)
}

/** Of a server's requests always true; the types of `node:http` also cover a client's responses. */
function hasTarget(request: AnyRequest): request is AnyRequest & ServerRequest {
  return request.method !== undefined && request.url !== undefined
}

/** Always true; the types of `node:http2` have forgotten the method. */
function isComplete(response: AnyResponse): response is AnyResponse & ServerResponse {
  return 'flushHeaders' in response
}

const disconnects = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_HTTP2_INVALID_STREAM',
  'ERR_HTTP2_STREAM_ERROR',
  'ABORT_ERR',
])

/** Whether an error says no more than that the other end is gone. */
export function isDisconnect(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && disconnects.has(String(failure.code))
}
