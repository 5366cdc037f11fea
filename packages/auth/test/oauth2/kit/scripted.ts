import {
  httpRequest,
  newCall,
  noHeaders,
  type Call,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
} from '@halyard/core'
import { httpServer, type LocalServer, type ServerRequest } from '@halyard/testing'
import type { AuthProvider } from '../../../src/index.ts'

/** A request that an authorization server got. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: ServerRequest['headers']
  readonly form: URLSearchParams
  readonly body: string
}

export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
}

export type Script = (asked: Asked, count: number) => ScriptedAnswer | Promise<ScriptedAnswer>

export interface AuthorizationServer extends AsyncDisposable {
  readonly origin: string
  readonly tokenUrl: string
  readonly asked: readonly Asked[]
  readonly local: LocalServer
}

/** An authorization server that answers as it is told, and remembers what it was asked. */
export async function authorizationServer(script: Script): Promise<AuthorizationServer> {
  const asked: Asked[] = []
  const local = await httpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks).toString()
    const one: Asked = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      form: new URLSearchParams(body),
      body,
    }
    asked.push(one)
    const { status = 200, headers = {}, json, text } = await script(one, asked.length)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(text ?? JSON.stringify(json ?? {}))
  })
  return {
    origin: local.origin,
    tokenUrl: `${local.origin}/token`,
    asked,
    local,
    [Symbol.asyncDispose]: () => local.close(),
  }
}

/** A request to the API that wants a token. */
export function apiRequest(path = '/things'): HttpRequest {
  return httpRequest({ method: 'GET', origin: 'https://api.example', path, headers: noHeaders, body: undefined })
}

/** `Authorization` as a provider sets it. */
export async function authorizationOf(
  provider: AuthProvider,
  runtime: Runtime,
  call: Call = newCall(),
): Promise<string | undefined> {
  const applied = await provider.apply(apiRequest(), call, runtime)
  return applied.headers.get('authorization')
}

/** What an authentication layer does: credentials on the way out, one replay after a 401. */
export async function throughLayer(
  provider: AuthProvider,
  runtime: Runtime,
  next: (request: HttpRequest, call: Call) => Promise<HttpResponse>,
  call: Call = newCall(),
): Promise<HttpResponse> {
  const request = apiRequest()
  const response = await next(await provider.apply(request, call, runtime), call)
  if (response.status !== 401 || provider.challenge === undefined) return response
  const again = await provider.challenge(response, request, call, runtime)
  if (again === undefined) return response
  await response.body.discard()
  return await next(again, call)
}
