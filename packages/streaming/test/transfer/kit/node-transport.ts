import { request as send, type ClientRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { describeTarget, respond, TransportError, type HttpRequest, type Transport } from '@halyard/core'
import { chunkedResponse, ChunkedBody } from './transports.ts'

/** A transport on Node's own client, that writes as the socket takes. */
export function nodeTransport(): Transport {
  return {
    name: 'node',
    open: () => async (request, call) => {
      const headers: Record<string, string> = Object.fromEntries(request.headers)
      const length = request.body?.length
      if (length !== undefined) headers['content-length'] = String(length)
      const outgoing = send(request.url, { method: request.method, headers, agent: false })
      const listener = { onCancel: (reason: unknown) => void outgoing.destroy(asError(reason)) }
      call.addListener(listener)
      try {
        const answered = answer(outgoing)
        const [message] = await Promise.all([answered, write(request, outgoing)])
        return received(message)
      } catch (cause) {
        outgoing.destroy()
        const target = describeTarget(request)
        throw new TransportError(`${target}: failed`, { code: 'socket', sent: 'maybe', target, cause })
      } finally {
        call.removeListener(listener)
      }
    },
  }
}

function answer(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
  })
}

async function write({ body }: HttpRequest, outgoing: ClientRequest): Promise<void> {
  const opened = body?.open() ?? new Uint8Array()
  if (opened instanceof Uint8Array) {
    outgoing.end(opened)
    return
  }
  const gone = new AbortController()
  const chunks = opened[Symbol.asyncIterator]()
  outgoing.on('close', () => {
    gone.abort()
    void chunks.return?.()
  })
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
    if (!outgoing.write(chunk)) await once(outgoing, 'drain', { signal: gone.signal })
  }
  outgoing.end()
}

function received(message: IncomingMessage): ReturnType<typeof respond> {
  const headers: Record<string, string> = {}
  for (const [name, values] of Object.entries(message.headersDistinct)) headers[name] = (values ?? []).join(', ')
  return chunkedResponse(new ChunkedBody(message[Symbol.asyncIterator]()), headers)
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('cancelled', { cause: reason })
}
