import { once } from 'node:events'
import { request as send, type ClientRequest, type IncomingMessage } from 'node:http'
import {
  describeTarget,
  respond,
  TransportError,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type ResponseBody,
  type SettledListener,
} from '@halyard/core'

/** A handler on Node's own client, one connection a request, that knows what was sent. */
export const overSockets: HttpHandler = async (request, call) => {
  const headers: Record<string, string> = Object.fromEntries(request.headers)
  const length = request.body?.length
  // Node frames no body of GET or DELETE by itself.
  if (length !== undefined) headers['content-length'] = String(length)
  else if (request.body !== undefined) headers['transfer-encoding'] = 'chunked'
  const outgoing = send(request.origin + request.path, { method: request.method, headers, agent: false })
  let connected = false
  outgoing.on('socket', (socket) => socket.once('connect', () => (connected = true)))
  const listener = { onCancel: (): void => void outgoing.destroy(new Error('cancelled')) }
  call.addListener(listener)
  const answered = once(outgoing, 'response')
  answered.catch(() => undefined)
  try {
    // Nothing of a body is touched before there is somebody to send it to.
    const [socket] = await once(outgoing, 'socket')
    if (!connected)
      await Promise.race([once(socket, 'connect'), once(outgoing, 'error').then(([error]) => Promise.reject(error))])
    await write(request, outgoing)
    const [message]: IncomingMessage[] = await answered
    if (message === undefined) throw new Error('no answer')
    return received(message, request)
  } catch (cause) {
    outgoing.destroy()
    throw failure(request, cause, connected ? 'maybe' : 'no')
  } finally {
    call.removeListener(listener)
  }
}

function failure(request: HttpRequest, cause: unknown, sent: 'no' | 'maybe' | 'yes'): TransportError {
  const target = describeTarget(request)
  const code = sent === 'no' ? 'connect' : 'socket'
  return new TransportError(`${target}: ${String(cause)}`, { code, sent, target, cause })
}

async function write({ body }: HttpRequest, outgoing: ClientRequest): Promise<void> {
  const opened = body?.open()
  if (opened === undefined || opened instanceof Uint8Array) {
    outgoing.end(opened)
    return
  }
  for await (const chunk of opened) outgoing.write(chunk)
  outgoing.end()
}

function received(message: IncomingMessage, request: HttpRequest): HttpResponse {
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(message.headersDistinct)) headers[name] = (values ?? []).join(', ')
  const head = respond({ status: message.statusCode ?? 0, headers, url: request.url })
  const body = new MessageBody(message, (cause) => failure(request, cause, 'yes'))
  const { status, statusText, httpVersion, url } = head
  return { status, statusText, httpVersion, url, headers: head.headers, body, trailers: () => head.trailers() }
}

class MessageBody implements ResponseBody {
  readonly #message: IncomingMessage
  readonly #fail: (cause: unknown) => Error

  constructor(message: IncomingMessage, fail: (cause: unknown) => Error) {
    this.#message = message
    this.#fail = fail
    // Also where nobody reads it.
    message.on('error', () => undefined)
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this.stream()) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#message) if (chunk instanceof Uint8Array) yield chunk
    } catch (cause) {
      throw this.#fail(cause)
    }
  }

  discard(): Promise<void> {
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
