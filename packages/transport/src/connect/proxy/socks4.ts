import { isIPv4 } from 'node:net'
import type { Handshake, Step } from './handshake.ts'
import { ProxyRefusal } from './proxy-errors.ts'

/** SOCKS4, with an IPv4 address; SOCKS4a, with a name that the proxy resolves. */
export class Socks4 implements Handshake {
  readonly opening: Uint8Array
  readonly failure = undefined

  /** @param host An IPv4 address; anything else is a name, for SOCKS4a. */
  constructor(user: string, host: string, port: number) {
    const isAddress = isIPv4(host)
    this.opening = Buffer.concat([
      Buffer.from([4, 1, port >> 8, port & 0xff]),
      // An address that cannot be one says that a name follows.
      Buffer.from(isAddress ? host.split('.').map(Number) : [0, 0, 0, 1]),
      Buffer.from(`${user}\0`),
      Buffer.from(isAddress ? '' : `${host}\0`),
    ])
  }

  advance(received: Buffer): Step {
    const [version, code] = received
    if (version !== undefined && version !== 0) throw new ProxyRefusal('protocol', 'sent something that is not SOCKS4')
    if (code === undefined) return { next: 'wait' }
    if (code === 91) throw new ProxyRefusal('refused', 'refused the connection, or failed')
    if (code === 92 || code === 93) throw new ProxyRefusal('auth-required', 'does not accept the user')
    if (code !== 90) throw new ProxyRefusal('protocol', `answered with code ${code}, which means nothing`)
    return received.length < 8 ? { next: 'wait' } : { next: 'done', used: 8 }
  }
}
