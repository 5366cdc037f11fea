import type { LookupFunction } from 'node:net'
import type { Guard } from './guard/guard.ts'
import type { ProxyServer } from './proxy/proxy-server.ts'
import type { TlsSetting } from './tls/tls-source.ts'

export type HttpVersionChoice = 'auto' | '1.1' | '2'

/** How connections are made. Two clients share connections only where they share this very object's parts. */
export interface ConnectionSettings {
  /** Node's own TLS options, or a source of them. */
  readonly tls: TlsSetting | undefined
  readonly httpVersion: HttpVersionChoice
  /** HTTP/2 over clear text without asking (RFC 9113 §3.3). */
  readonly priorKnowledge: boolean
  /** A unix domain socket to connect to, whatever the origin's host. */
  readonly socketPath: string | undefined
  /** Resolves names; the machine's resolver unless given. */
  readonly lookup: LookupFunction | undefined
  /** Judges where connections may go. */
  readonly guard: Guard | undefined
  /** `false`: there are proxies, but none for this origin. */
  readonly proxy: ProxyServer | false | undefined
  /** Over name resolution, connecting, the proxy and the TLS handshake together; `false` is none. */
  readonly connectMs: number | false
}

const ids = new WeakMap<object, number>()
let lastId = 0

function idOf(object: object | undefined): number {
  if (object === undefined) return 0
  const known = ids.get(object)
  if (known !== undefined) return known
  lastId += 1
  ids.set(object, lastId)
  return lastId
}

/** The part of a pool's key that keeps identities apart: equal only where everything that makes a connection is. */
export function identityOf(settings: ConnectionSettings): string {
  return [
    idOf(settings.tls),
    settings.httpVersion,
    settings.priorKnowledge,
    settings.socketPath ?? '',
    idOf(settings.lookup),
    settings.connectMs,
    idOf(settings.guard),
    settings.proxy === false ? 'direct' : idOf(settings.proxy),
  ].join('|')
}
