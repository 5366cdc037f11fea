import {
  AbortedError,
  describeTarget,
  respond,
  TransportError,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
} from '@halyard/core'

/**
 * Sends by Node's own `fetch`: for steps that no call of a client stands behind, as a sign-in. Redirects are not followed.
 * Of an answer a little more than `maxBytes` is read, so that whoever reads it sees that it is too long.
 */
export function fetchSend(maxBytes: number): HttpHandler {
  return (request, call) => send(request, call, maxBytes)
}

async function send(request: HttpRequest, call: Call, maxBytes: number): Promise<HttpResponse> {
  const opened = request.body?.open()
  const headers = new Headers()
  for (const [name, value] of request.headers) headers.append(name, value)
  // Without a prototype: whatever pollutes that of all objects changes no request.
  const init: RequestInit = Object.create(null)
  init.method = request.method
  init.headers = headers
  init.body = opened instanceof Uint8Array ? Buffer.from(opened) : null
  init.redirect = 'manual'
  init.signal = call.signal
  try {
    const response = await fetch(request.url, init)
    return await answerOf(request, response, maxBytes)
  } catch (error) {
    const target = describeTarget(request)
    if (call.cancelled) throw new AbortedError(`${target}: aborted`, { sent: 'maybe', target, cause: error })
    throw new TransportError(`${target}: the exchange failed`, { code: 'socket', sent: 'maybe', target, cause: error })
  }
}

async function answerOf(request: HttpRequest, response: Response, maxBytes: number): Promise<HttpResponse> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.byteLength
      chunks.push(chunk)
      if (size > maxBytes) break
    }
  }
  const headers = [...response.headers]
  return respond({ status: response.status, headers, body: Buffer.concat(chunks, size), url: request.url })
}
