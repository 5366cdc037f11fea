import path from 'node:path'
import { startChild } from '../load/child.ts'
import type { PayloadName } from '../payload/payload.ts'
import type { Certificate } from './certificate.ts'

export interface ServerKind {
  readonly payload: PayloadName
  readonly posts?: boolean
  readonly http2?: boolean
  readonly tls?: Certificate
}

export interface RunningServer {
  readonly port: number
  stop(): void
}

/** Answers with a payload, prebuilt. */
export function startServer(kind: ServerKind): Promise<RunningServer> {
  return start('server.ts', kind)
}

/** Sends and swallows long bodies. */
export function startStreamServer(): Promise<RunningServer> {
  return start('stream-server.ts', {})
}

async function start(module: string, kind: object): Promise<RunningServer> {
  const child = startChild(path.join(import.meta.dirname, module))
  const { port } = (await child.ask(kind, 10_000)) as { port: number }
  return { port, stop: () => child.stop() }
}
