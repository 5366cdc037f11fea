import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
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

export async function startServer(kind: ServerKind): Promise<RunningServer> {
  const child = fork(path.join(import.meta.dirname, 'server.ts'))
  child.send(kind)
  const [port] = await once(child, 'message', { signal: AbortSignal.timeout(10_000) })
  return { port: Number(port), stop: () => void child.kill() }
}
