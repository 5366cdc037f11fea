import type { Clock, HttpResponse, Middleware, Pipeline, Transport } from '@halyard/core'
import { createPipeline } from '@halyard/core'
import type { LocalServer } from '@halyard/testing'
import { transport, type OriginStats, type TransportOptions, type TransportRequestOptions } from '../../src/index.ts'

/** A pipeline of the bare transport, typed with the transport's own options. */
export interface TestClient extends AsyncDisposable {
  readonly api: Pipeline<TransportRequestOptions>
  readonly transport: Transport
  /** The pool's numbers for its only origin. */
  readonly stats: () => OriginStats
  readonly destroy: (error?: Error) => Promise<void>
}

const ownOptions: Middleware<TransportRequestOptions> = { name: 'options', wrap: (next) => next }
const nothing: OriginStats = { connections: 0, idle: 0, active: 0, queued: 0, streams: 0, protocol: undefined }

/** A client for `server`: its root is trusted, its origin the base. Disposal destroys what a failed test left. */
export function clientFor(
  server: Pick<LocalServer, 'origin' | 'ca'>,
  options: TransportOptions = {},
  clock?: Clock,
): TestClient {
  const trusting =
    server.ca === undefined || options.tls !== undefined ? options : { ...options, tls: { ca: server.ca } }
  const end = transport(trusting)
  const api = createPipeline({
    transport: end,
    baseUrl: server.origin,
    use: [ownOptions],
    ...(clock !== undefined && { clock }),
  })
  const stats = (): OriginStats => {
    const { origins } = (end.stats?.() ?? {}) as { origins?: Readonly<Record<string, OriginStats>> }
    return Object.values(origins ?? {})[0] ?? nothing
  }
  const destroy = async (error = new Error('the test is over')): Promise<void> => {
    await end.destroy?.(error)
    await api.close()
  }
  return { api, transport: end, stats, destroy, [Symbol.asyncDispose]: () => destroy() }
}

export async function text(response: HttpResponse | Promise<HttpResponse>): Promise<string> {
  return Buffer.from(await (await response).body.bytes()).toString('latin1')
}

/** Reads to the end by `stream`, and joins. */
export async function streamed(response: HttpResponse | Promise<HttpResponse>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of (await response).body.stream()) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

/** The two ways to read a body whole. */
export const readers: readonly { readonly how: string; readonly read: typeof text }[] = [
  { how: 'bytes()', read: text },
  { how: 'stream()', read: streamed },
]

/** What a promise rejects with; fails the test when it does not. */
export async function thrown(work: Promise<unknown> | (() => Promise<unknown>)): Promise<Error> {
  let value: unknown
  try {
    value = await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error('what was thrown is not an Error', { cause: error })
  }
  throw new Error(`expected a failure, got ${describeValue(value)}`)
}

function describeValue(value: unknown): string {
  return value instanceof Uint8Array || typeof value === 'string' ? JSON.stringify(String(value)) : typeof value
}

/** A promise, and what settles it. */
export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Waits, a turn of the event loop at a time, until `condition` holds; fails after five seconds of that. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const limit = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => void setImmediate(resolve))
  }
}
