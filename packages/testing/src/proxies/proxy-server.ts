import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { LocalServer } from '../servers/local-server.ts'
import { StartedServer } from '../servers/started-server.ts'
import { resolveTls } from '../servers/tls-settings.ts'
import { joinSockets } from './join-sockets.ts'
import { toLoopback, type HttpProxySettings, type ProxiedRequest } from './proxy-settings.ts'

/** An HTTP proxy that remembers what it was asked for. */
export interface ProxyServer extends LocalServer {
  readonly asked: readonly ProxiedRequest[]
}

/**
 * Starts an HTTP proxy on loopback: tunnels by `CONNECT`, and requests in absolute form that it sends on. It takes
 * `Proxy-Authorization` out, and answers 407 where it is not the right one. Its `origin` is the URL for clients.
 *
 * @example
 * ```ts
 * await using proxy = await proxyServer({ auth: { username: 'ada', password: 'secret' } })
 * ```
 */
export async function proxyServer(settings: HttpProxySettings = {}): Promise<ProxyServer> {
  if (settings.secure !== true) return await new StartedProxy(createServer(), undefined, settings).listen()
  const { certificate } = settings
  const { options, ca } = await resolveTls(certificate === undefined ? {} : { certificate })
  return await new StartedProxy(createSecureServer(options), ca, settings).listen()
}

class StartedProxy extends StartedServer implements ProxyServer {
  readonly asked: ProxiedRequest[] = []
  readonly #settings: HttpProxySettings

  constructor(server: ReturnType<typeof createServer>, ca: string | undefined, settings: HttpProxySettings) {
    super(server, { scheme: ca === undefined ? 'http' : 'https', ca })
    this.#settings = settings
    server.on('request', (request, response) => this.#forward(request, response))
    server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#tunnel(request, socket, head),
    )
  }

  /** Whether the client may go on; what it asked for is kept either way. */
  #admits(request: IncomingMessage): boolean {
    this.requests += 1
    const sent = /^Basic (.+)$/i.exec(request.headers['proxy-authorization'] ?? '')?.[1]
    const credentials = sent === undefined ? undefined : Buffer.from(sent, 'base64').toString()
    const { method = '', url = '', headers } = request
    this.asked.push({ method, target: url, headers: { ...headers }, credentials })
    const { auth } = this.#settings
    return auth === undefined || credentials === `${auth.username}:${auth.password}`
  }

  #address(host: string): string {
    return (this.#settings.resolve ?? toLoopback)(host)
  }

  #tunnel(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    if (!this.#admits(request)) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 9\r\n\r\nwho is it',
      )
      return
    }
    const target = URL.parse(`http://${request.url}`)
    if (target === null) {
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const out = connect({ host: this.#address(target.hostname), port: Number(target.port) || 80 })
    socket.once('close', () => out.destroy())
    out.once('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\n\r\nnobody there'))
    out.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) out.write(head)
      joinSockets(socket, out)
    })
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const target = URL.parse(request.url ?? '')
    if (!this.#admits(request)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end('who is it')
      return
    }
    if (target === null) {
      response.writeHead(400).end('not in absolute form')
      return
    }
    const { 'proxy-authorization': _own, ...headers } = request.headers
    const { method } = request
    const path = target.pathname + target.search
    const out = sendRequest({
      host: this.#address(target.hostname),
      port: target.port,
      method,
      path,
      headers,
      agent: false,
    })
    out.on('error', () => response.headersSent || response.writeHead(502).end('nobody there'))
    out.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    response.on('close', () => out.destroy())
    request.pipe(out)
  }
}
