import { Agent, request as send, type IncomingMessage } from 'node:http'
import { AbortedError, describeTarget, respond, TransportError, type Transport } from '@halyard/core'

/** A small transport on Node's own client, for bodies in memory. */
export function nodeTransport(): Transport {
  return {
    name: 'node',
    open: (runtime) => {
      const agent = new Agent({ keepAlive: true })
      runtime.onClose(() => agent.destroy())
      return async (request, call) => {
        const target = describeTarget(request)
        const outgoing = send(request.url, {
          method: request.method,
          headers: Object.fromEntries(request.headers),
          agent,
        })
        let connected = false
        outgoing.on('socket', (socket) => {
          connected = !socket.connecting
          if (socket.connecting) socket.once('connect', () => (connected = true))
        })
        const listener = { onCancel: () => void outgoing.destroy(new Error('cancelled')) }
        call.addListener(listener)
        try {
          const message = await new Promise<IncomingMessage>((resolve, reject) => {
            outgoing.on('response', resolve)
            outgoing.on('error', reject)
            const body = request.body?.open()
            outgoing.end(body instanceof Uint8Array ? body : undefined)
          })
          const chunks: Uint8Array[] = []
          for await (const chunk of message) chunks.push(chunk)
          return respond({ status: message.statusCode ?? 0, body: Buffer.concat(chunks), url: request.url })
        } catch (cause) {
          if (call.cancelled) throw new AbortedError(`${target}: aborted`, { sent: 'maybe', target, cause })
          const facts = { sent: connected ? 'maybe' : 'no', target, cause } as const
          throw new TransportError(`${target}: failed`, { ...facts, code: connected ? 'socket' : 'connect' })
        } finally {
          call.removeListener(listener)
        }
      }
    },
  }
}
