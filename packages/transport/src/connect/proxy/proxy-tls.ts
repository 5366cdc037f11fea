import { isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { ProxyServer } from './proxy-server.ts'

/** Begins TLS with an `https:` proxy. @throws what Node finds fault with in the options. */
export function secureProxy(socket: Socket, proxy: ProxyServer): TLSSocket {
  const options: ConnectionOptions = Object.assign(Object.create(null), {
    // Own and undefined: what a polluted Object.prototype might name.
    ca: undefined,
    cert: undefined,
    key: undefined,
    pfx: undefined,
    passphrase: undefined,
    ciphers: undefined,
    checkServerIdentity,
    pskCallback: undefined,
    secureContext: undefined,
    session: undefined,
    maxVersion: undefined,
    signal: undefined,
    timeout: undefined,
    lookup: undefined,
    path: undefined,
    crl: undefined,
    ecdhCurve: undefined,
    sigalgs: undefined,
    dhparam: undefined,
    secureProtocol: undefined,
    secureOptions: undefined,
    sessionIdContext: undefined,
    requestOCSP: undefined,
    enableTrace: undefined,
    minDHSize: 1024,
    highWaterMark: undefined,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...proxy.tls,
    host: proxy.host,
    servername: proxy.tls?.servername ?? (isIP(proxy.host) === 0 ? proxy.host : ''),
    socket,
    ALPNProtocols: ['http/1.1'],
  })
  return connect(options)
}
