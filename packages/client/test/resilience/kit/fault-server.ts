import { rawServer, type RawConnection, type RawServer } from '@halyard/testing'
import { Ports } from './ports.ts'
import type { Stage } from './stages.ts'

/** A server whose first connections break at one stage; the others work. */
export interface FaultServer extends AsyncDisposable {
  readonly origin: string
  /** All that came, of all connections. */
  readonly received: string
  /** Requests to `target` whose first line came: the server's own count. */
  requestsTo(target: string): number
  /** The values of a header, one for each request that had it. */
  values(header: string): readonly string[]
  /** Where the stage is a closed port: opens it. */
  open(): Promise<void>
  /** The caller has the head of the answer. */
  headTaken(): void
}

/** Serves every request of a connection. */
export async function serveAll(connection: RawConnection): Promise<void> {
  for (;;) {
    const { method } = await connection.receiveRequest()
    const body = method === 'HEAD' ? '' : 'good'
    await connection.send(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\n${body}`)
  }
}

export async function faultServer(stage: Stage, faults = 1): Promise<FaultServer> {
  const taken = Promise.withResolvers<void>()
  const server: RawServer = await rawServer((connection) =>
    stage.reach !== 'unsent' && connection.index < faults
      ? stage.play(connection, taken.promise)
      : serveAll(connection),
  )
  const { origin } = server
  const ports = new Ports(server)
  if (stage.reach === 'unsent') await ports.shut()
  return {
    origin,
    get received() {
      return server.received.join('')
    },
    requestsTo: (target) => server.received.join('').split(` ${target} HTTP/1.1\r\n`).length - 1,
    values: (header) =>
      Array.from(
        server.received.join('').matchAll(new RegExp(`^${header}: (.*)\r$`, 'gim')),
        ([, value = '']) => value,
      ),
    open: () => ports.open(),
    headTaken: () => taken.resolve(),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
