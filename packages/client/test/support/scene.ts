import {
  httpServer,
  leakCheck,
  type LocalServer,
  type Protocol,
  type ServerHandler,
  type ServerRequest,
} from '@halyard/testing'
import type { AnyMiddleware } from '@halyard/core'
import { createClient, type ClientConfig, type HttpClient } from '../../src/index.ts'

/** A server, a client of it, and a look at what they leave behind. */
export interface Scene extends AsyncDisposable {
  readonly server: LocalServer
  readonly api: HttpClient
}

type Config = ClientConfig<readonly AnyMiddleware[], readonly AnyMiddleware[]>
type Start = Pick<Protocol, 'start'>

const plain: Start = { start: httpServer }

/** Starts a server, and makes a client with its origin as base, that trusts it. */
export async function scene(handler: ServerHandler, config: Config = {}, { start }: Start = plain): Promise<Scene> {
  const leaks = leakCheck({ withinMs: 2_000 })
  const server = await start(handler)
  const api: HttpClient = createClient(server.origin, trusting(server, config))
  return {
    server,
    api,
    [Symbol.asyncDispose]: async () => {
      await api.destroy()
      await server.close()
      await leaks.check()
    },
  }
}

/** A configuration that trusts the server, where it has a certificate. */
export function trusting(server: LocalServer, config: Config = {}): Config {
  return server.ca === undefined ? config : { ...config, tls: Object.assign({}, config.tls, { ca: server.ca }) }
}

/** The whole body of a request that came to a server. */
export async function bodyOf(request: ServerRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** What an `echo` server says of a request. */
export interface Echoed {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly rawHeaders: readonly string[]
  /** base64 */
  readonly body: string
}

/** Answers with what it was asked, as JSON. */
export const echo: ServerHandler = async (request, response) => {
  const body = await bodyOf(request)
  const { method, url, headers, rawHeaders } = request
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ method, url, headers, rawHeaders, body: body.toString('base64') }))
}

/** The values of a field in a flat list of names and values. */
export function valuesOf(flat: readonly string[], name: string): string[] {
  return flat.filter((_value, at) => at % 2 === 1 && flat[at - 1]?.toLowerCase() === name)
}

function isEchoed(value: unknown): value is Echoed {
  return typeof value === 'object' && value !== null && 'rawHeaders' in value
}

/** Reads an echo. */
export async function echoed(answer: PromiseLike<unknown>): Promise<Echoed> {
  const value = await answer
  if (isEchoed(value)) return value
  throw new Error('not an echo')
}

/** The text of an echoed body. */
export function textOf(echo: Echoed): string {
  return Buffer.from(echo.body, 'base64').toString('utf8')
}
