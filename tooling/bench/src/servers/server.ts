// A server in a process of its own. Told what to be over IPC; says its port; ends with its parent.
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import process from 'node:process'
import { createServer as createTlsServer } from 'node:tls'
import { payload } from '../payload/payload.ts'
import { answer, answerGets, answerPosts } from './raw-http.ts'
import type { Certificate } from './certificate.ts'
import type { ServerKind } from './start-server.ts'

process.on('disconnect', () => process.exit())
process.once('message', (kind: ServerKind) => {
  const bytes = answer(payload(kind.payload))
  const serve = (socket: Socket): void => (kind.posts ? answerPosts(socket, bytes) : answerGets(socket, bytes))
  const server =
    kind.tls === undefined
      ? createServer(serve)
      : kind.http2 === true
        ? http2Server(kind.tls, payload(kind.payload))
        : createTlsServer({ key: kind.tls.key, cert: kind.tls.cert }, serve)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
  })
})

function http2Server(tls: Certificate, body: string): Http2SecureServer {
  const bytes = Buffer.from(body)
  const head = { ':status': 200, 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length }
  return createSecureServer({ key: tls.key, cert: tls.cert, settings: { maxConcurrentStreams: 256 } }).on(
    'stream',
    (stream) => {
      stream.on('error', () => stream.destroy())
      stream.respond(head)
      stream.end(bytes)
    },
  )
}
