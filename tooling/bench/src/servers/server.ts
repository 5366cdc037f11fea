// A server in a process of its own. Told what to be over IPC; says its port; ends with its parent.
import { createSecureServer } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { answerJobs } from '../load/answer.ts'
import { payload } from '../payload/payload.ts'
import type { Certificate } from './certificate.ts'
import { listen } from './listen.ts'
import { answer, answerGets, answerPosts } from './raw-http.ts'
import type { ServerKind } from './start-server.ts'

answerJobs(async (kind: ServerKind) => ({ port: await listen(make(kind)) }))

function make({ payload: name, posts, tls, http2 }: ServerKind): Server {
  const body = payload(name)
  if (tls !== undefined && http2 === true) return http2Server(tls, Buffer.from(body))
  const bytes = answer(body)
  const serve = (socket: Socket): void => (posts === true ? answerPosts(socket, bytes) : answerGets(socket, bytes))
  return tls === undefined ? createServer(serve) : createTlsServer({ key: tls.key, cert: tls.cert }, serve)
}

function http2Server({ key, cert }: Certificate, bytes: Buffer): Server {
  const head = { ':status': 200, 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length }
  return createSecureServer({ key, cert, settings: { maxConcurrentStreams: 256 } }).on('stream', (stream) => {
    stream.on('error', () => stream.destroy())
    stream.respond(head)
    stream.end(bytes)
  })
}
