import {
  headerList,
  httpRequest,
  respond,
  TransportError,
  type HeadersInit,
  type HttpRequest,
  type HttpResponse,
  type RequestBody,
  type Sent,
} from '@halyard/core'
import type { Failure } from '../../../src/retry/index.ts'

export function request(method = 'GET', body?: RequestBody, headers: HeadersInit = {}): HttpRequest {
  return httpRequest({
    method,
    origin: 'http://retry.test',
    path: '/things?secret=1',
    headers: headerList(headers),
    body,
  })
}

export function broken(sent: Sent = 'maybe', code: 'socket' | 'connect' | 'tls' = 'socket'): TransportError {
  return new TransportError('GET http://retry.test/things: broken', {
    code,
    sent,
    target: 'GET http://retry.test/things',
  })
}

/** A failure for backoffs, which look at none. */
export function anyFailure(response: HttpResponse = respond({ status: 503 })): Failure {
  return { attempt: 0, kind: 'status', request: request(), response, text: () => Promise.resolve('') }
}
