import type { Handshake, Step } from './handshake.ts'
import { ProxyRefusal, refusalWords } from './proxy-errors.ts'
import type { ProxyServer } from './proxy-server.ts'

/** All heads that a proxy may send before it lets one through. */
const headLimit = 16_384
const excerptLimit = 1_024

/** `CONNECT` (RFC 9110 §9.3.6): a tunnel through an HTTP proxy. */
export class HttpConnect implements Handshake {
  readonly opening: Uint8Array
  readonly #proxy: ProxyServer
  #interimBytes = 0
  failure: ProxyRefusal | undefined

  /** @param authority Host and port of the target, `[::1]:443`. */
  constructor(proxy: ProxyServer, authority: string) {
    this.#proxy = proxy
    const fields = proxy.fields()
    let head = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n`
    for (let at = 0; at + 1 < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`
    this.opening = Buffer.from(`${head}\r\n`, 'latin1')
  }

  advance(received: Buffer): Step {
    const start = received.toString('latin1', 0, 7)
    if (!'HTTP/1.'.startsWith(start)) throw malformed('something that is not HTTP')
    const text = received.toString('latin1', 0, headLimit + 4)
    const end = /\r?\n\r?\n/.exec(text)
    if ((end === null ? received.length : end.index) + this.#interimBytes > headLimit)
      throw malformed(`a head of more than ${headLimit} bytes`)
    if (end === null) return { next: 'wait' }
    const used = end.index + end[0].length
    const status = statusOf(text.slice(0, end.index))
    if (status >= 200 && status < 300) return { next: 'done', used }
    if (status === 101) throw malformed('status 101, which nobody asked for')
    if (status < 200) {
      this.#interimBytes += used
      return { next: 'send', used, bytes: new Uint8Array() }
    }
    return this.#refused(status, text.slice(0, end.index), received.subarray(used))
  }

  /** Waits for the beginning of the body, which often says why. */
  #refused(status: number, head: string, body: Buffer): Step {
    const length = /\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r?\n|$)/i.exec(head)?.[1]
    const isChunked = /\ntransfer-encoding:/i.test(head)
    const wanted = Math.min(isChunked ? 0 : Number(length ?? excerptLimit), excerptLimit)
    const words = refusalWords(status)
    const shown = isChunked ? '' : this.#proxy.withoutSecrets(body.toString('utf8', 0, excerptLimit))
    // Some say 401 where credentials are wrong; no origin can have said it.
    const reason = status === 407 || status === 401 ? 'auth-required' : 'status'
    this.failure = new ProxyRefusal(reason, words, status, printable(shown))
    if (body.length >= wanted) throw this.failure
    return { next: 'wait' }
  }
}

function statusOf(head: string): number {
  const [line = '', ...fields] = head.split(/\r?\n/)
  const status = /^HTTP\/1\.[01] ([1-9]\d\d)(?: .*)?$/.exec(line)?.[1]
  if (status === undefined) throw malformed('a status line that is not HTTP')
  // RFC 9112 §5: a name, a colon and no line that goes on from the one before.
  // oxlint-disable-next-line no-control-regex -- NUL is what must not be there
  if (!fields.every((field) => /^[!#$%&'*+.^_`|~\w-]+:[^\u0000]*$/.test(field)))
    throw malformed('malformed header fields')
  return Number(status)
}

function malformed(what: string): ProxyRefusal {
  return new ProxyRefusal('protocol', `sent ${what}`)
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\uFFFD]+/gu, ' ').trim()
}
