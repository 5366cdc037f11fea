import { createServer, type IncomingMessage, type RequestListener } from 'node:http'

export interface LocalServer {
  readonly origin: string
  close(): Promise<void>
}

/** A server on this machine, on a port that is free. */
export function serve(handler: RequestListener): Promise<LocalServer> {
  const server = createServer(handler)
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve({ origin: `http://127.0.0.1:${port}`, close })
    })
  })
}

/** Everything that a request brings, as text. */
export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
