import { respond, type HttpHandler, type Transport } from '@halyard/core'
import { request as nodeRequest } from 'node:http'

interface Answer {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Buffer
}

/** A transport of a few lines, for a leaf knows no other: one connection for each request. */
export const plain: Transport = {
  name: 'plain',
  open: (): HttpHandler => async (request) => {
    const chunks: Uint8Array[] = []
    const opened = request.body?.open() ?? []
    if (opened instanceof Uint8Array) chunks.push(opened)
    else for await (const chunk of opened) chunks.push(Buffer.from(chunk))
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const headers = Object.fromEntries(request.headers)
    const sent = nodeRequest(request.url, { method: request.method, headers, agent: false }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const raw = answer.rawHeaders
        const pairs = raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))
        resolve({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(parts) })
      })
    })
    sent.on('error', reject)
    sent.end(Buffer.concat(chunks))
    return respond(await promise)
  },
}
