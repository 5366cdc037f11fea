import { connect, createServer, isIPv4, type Socket } from 'node:net'
import { ConnectionEnded } from '../raw/connection-ended.ts'
import { IncomingBytes } from '../raw/incoming-bytes.ts'
import type { LocalServer } from '../servers/local-server.ts'
import { isDisconnect } from '../servers/serve.ts'
import { StartedServer } from '../servers/started-server.ts'
import { joinSockets } from './join-sockets.ts'
import { toLoopback, type ProxiedRequest, type ProxySettings } from './proxy-settings.ts'

/** A SOCKS proxy that remembers what it was asked for. */
export interface SocksServer extends LocalServer {
  readonly asked: readonly ProxiedRequest[]
}

/**
 * Starts a proxy of SOCKS4, SOCKS4a and SOCKS5 on loopback. With `auth`, SOCKS5 wants user name and password, and
 * SOCKS4 the user name. The URL for clients is `socks5://127.0.0.1:${port}`.
 */
export function socksServer(settings: ProxySettings = {}): Promise<SocksServer> {
  return new StartedSocks(settings).listen()
}

interface Asked {
  readonly method: string
  readonly host: string
  readonly port: number
  readonly credentials: string | undefined
}

class StartedSocks extends StartedServer implements SocksServer {
  readonly asked: ProxiedRequest[] = []
  readonly #settings: ProxySettings

  constructor(settings: ProxySettings) {
    super(createServer(), { scheme: 'http' })
    this.#settings = settings
    this.server.on('connection', (socket: Socket) => {
      this.#serve(socket).catch((failure: unknown) => {
        if (!(failure instanceof ConnectionEnded) && !isDisconnect(failure)) this.failed(failure)
        socket.destroy()
      })
    })
  }

  async #serve(socket: Socket): Promise<void> {
    const incoming = new IncomingBytes()
    const onData = (chunk: Buffer): void => incoming.push(chunk)
    socket.on('data', onData)
    socket.on('end', () => incoming.end())
    socket.on('error', () => incoming.end())
    const [version] = await incoming.takeCount(1, 'a version')
    const asked = version === 5 ? await this.#socks5(socket, incoming) : await this.#socks4(incoming)
    if (asked === undefined) return
    const { method, host, port, credentials } = asked
    this.requests += 1
    this.asked.push({ method, target: `${host}:${port}`, headers: {}, credentials })
    const { auth, resolve = toLoopback } = this.#settings
    if (version !== 5 && auth !== undefined && credentials !== auth.username) {
      socket.end(Buffer.from([0, 93, 0, 0, 0, 0, 0, 0]))
      return
    }
    const out = connect({ host: isIPv4(host) ? host : resolve(host), port })
    socket.once('close', () => out.destroy())
    out.once('error', () => {
      socket.end(Buffer.from(version === 5 ? [5, 5, 0, 1, 0, 0, 0, 0, 0, 0] : [0, 91, 0, 0, 0, 0, 0, 0]))
    })
    out.once('connect', () => {
      socket.off('data', onData)
      socket.write(Buffer.from(version === 5 ? [5, 0, 0, 1, 127, 0, 0, 1, 0, 0] : [0, 90, 0, 0, 0, 0, 0, 0]))
      joinSockets(socket, out)
    })
  }

  async #socks5(socket: Socket, incoming: IncomingBytes): Promise<Asked | undefined> {
    const { auth } = this.#settings
    const methods = await incoming.takeCount(await byte(incoming), 'methods')
    const wanted = auth === undefined ? 0 : 2
    if (!methods.includes(wanted)) {
      socket.end(Buffer.from([5, 0xff]))
      return undefined
    }
    socket.write(Buffer.from([5, wanted]))
    let credentials: string | undefined
    if (auth !== undefined) {
      await byte(incoming)
      credentials = `${await counted(incoming)}:${await counted(incoming)}`
      const right = credentials === `${auth.username}:${auth.password}`
      if (!right) {
        socket.end(Buffer.from([1, 1]))
        return undefined
      }
      socket.write(Buffer.from([1, 0]))
    }
    const [, , , kind = 0] = await incoming.takeCount(4, 'a request')
    const host = await addressOf(kind, incoming)
    return { method: 'SOCKS5', host, port: await number(incoming), credentials }
  }

  async #socks4(incoming: IncomingBytes): Promise<Asked> {
    await byte(incoming)
    const port = await number(incoming)
    const address = [...(await incoming.takeCount(4, 'an address'))]
    const credentials = await untilNul(incoming)
    const named = address[0] === 0 && address[1] === 0 && address[2] === 0
    const host = named ? await untilNul(incoming) : address.join('.')
    return { method: named ? 'SOCKS4a' : 'SOCKS4', host, port, credentials }
  }
}

async function addressOf(kind: number, incoming: IncomingBytes): Promise<string> {
  if (kind === 3) return await counted(incoming)
  if (kind === 1) return [...(await incoming.takeCount(4, 'an address'))].join('.')
  const bytes = Buffer.from(await incoming.takeCount(16, 'an address')).toString('hex')
  return `[${bytes.replace(/(....)(?=.)/g, '$1:')}]`
}

async function byte(incoming: IncomingBytes): Promise<number> {
  return (await incoming.takeCount(1, 'a byte'))[0] ?? 0
}

async function number(incoming: IncomingBytes): Promise<number> {
  const [high = 0, low = 0] = await incoming.takeCount(2, 'a port')
  return high * 256 + low
}

async function counted(incoming: IncomingBytes): Promise<string> {
  return Buffer.from(await incoming.takeCount(await byte(incoming), 'a name')).toString()
}

async function untilNul(incoming: IncomingBytes): Promise<string> {
  const bytes: number[] = []
  for (let next = await byte(incoming); next !== 0; next = await byte(incoming)) bytes.push(next)
  return Buffer.from(bytes).toString()
}
