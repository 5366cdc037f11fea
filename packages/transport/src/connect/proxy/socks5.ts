import { isIPv4, isIPv6 } from 'node:net'
import { parseIp } from '../guard/ip-address.ts'
import type { Handshake, Step } from './handshake.ts'
import { ProxyRefusal, type ProxyReason } from './proxy-errors.ts'
import type { ProxyLogin } from './proxy-server.ts'

const noLogin = 0
const byPassword = 2
const noneOfThese = 0xff
const wait: Step = { next: 'wait' }

/** RFC 1928 §6. */
const replies: ReadonlyMap<number, readonly [reason: ProxyReason, words: string]> = new Map([
  [1, ['status', 'failed']],
  [2, ['refused', 'does not allow the connection']],
  [3, ['unreachable', 'cannot reach the network']],
  [4, ['unreachable', 'cannot reach the host']],
  [5, ['refused', 'was refused by the host']],
  [6, ['unreachable', 'got no answer in time']],
  [7, ['protocol', 'does not know the command']],
  [8, ['protocol', 'does not know this kind of address']],
])

/** SOCKS5 (RFC 1928) with names that the proxy resolves, and user name and password (RFC 1929). */
export class Socks5 implements Handshake {
  readonly opening: Uint8Array
  readonly failure = undefined
  readonly #login: ProxyLogin | undefined
  readonly #request: Uint8Array
  #stage: 'method' | 'login' | 'reply' = 'method'

  /** @param host A name or an address, without brackets. */
  constructor(login: ProxyLogin | undefined, host: string, port: number) {
    this.#login = login
    this.opening = Buffer.from(login === undefined ? [5, 1, noLogin] : [5, 2, noLogin, byPassword])
    this.#request = Buffer.concat([Buffer.from([5, 1, 0]), address(host), Buffer.from([port >> 8, port & 0xff])])
  }

  advance(received: Buffer): Step {
    const [version, second] = received
    if (version !== undefined && version !== 5 && !(this.#stage === 'login' && version === 1))
      throw new ProxyRefusal('protocol', 'sent something that is not SOCKS5')
    if (second === undefined) return wait
    switch (this.#stage) {
      case 'method':
        return this.#chosen(second)
      case 'login':
        if (second !== 0) throw new ProxyRefusal('auth-required', 'refused user name and password')
        return this.#ask()
      case 'reply':
        return replied(received, second)
    }
  }

  #chosen(method: number): Step {
    if (method === noLogin) return this.#ask()
    if (method === noneOfThese) {
      const wants = this.#login === undefined ? 'wants credentials' : 'takes no user name and password'
      throw new ProxyRefusal('auth-required', wants)
    }
    if (method !== byPassword || this.#login === undefined)
      throw new ProxyRefusal('protocol', 'chose a way to log in that was not offered')
    this.#stage = 'login'
    const { username, password } = this.#login
    const [user, secret] = [Buffer.from(username), Buffer.from(password)]
    const bytes = Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([secret.length]), secret])
    return { next: 'send', used: 2, bytes }
  }

  #ask(): Step {
    this.#stage = 'reply'
    return { next: 'send', used: 2, bytes: this.#request }
  }
}

function replied(received: Buffer, reply: number): Step {
  if (reply !== 0) {
    const [reason, words] = replies.get(reply) ?? ['protocol', `answered with code ${reply}, which means nothing`]
    throw new ProxyRefusal(reason, words)
  }
  const [, , , type, length] = received
  if (type === undefined || length === undefined) return wait
  const size = type === 1 ? 4 : type === 4 ? 16 : type === 3 ? 1 + length : undefined
  if (size === undefined) throw new ProxyRefusal('protocol', `answered with an address of kind ${type}`)
  return received.length < 6 + size ? wait : { next: 'done', used: 6 + size }
}

function address(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...host.split('.').map(Number)])
  const ip = isIPv6(host) ? parseIp(host) : undefined
  if (ip !== undefined)
    return Buffer.concat([Buffer.from([4]), Buffer.from(ip.value.toString(16).padStart(32, '0'), 'hex')])
  const name = Buffer.from(host)
  if (name.length > 255) throw new ProxyRefusal('dns', 'takes no names of more than 255 bytes')
  return Buffer.concat([Buffer.from([3, name.length]), name])
}
