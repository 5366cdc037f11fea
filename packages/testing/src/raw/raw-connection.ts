import type { Socket } from 'node:net'
import { IncomingBytes } from './incoming-bytes.ts'
import { type RawRequest, takeHead, takeRequest } from './raw-request.ts'

/** How slowly to send. */
export interface Pace {
  /** @defaultValue 1 */
  readonly chunkBytes?: number
  /** @defaultValue 0: one piece a turn of the event loop */
  readonly everyMs?: number
}

/** What a script has of a connection. Text is sent and received as latin1, so that a character is a byte. */
export interface RawConnection {
  /** 0 for the first connection of the server. */
  readonly index: number
  readonly socket: Socket
  /** Everything that came so far, taken or not, as latin1. */
  readonly received: string
  readonly bytesReceived: number
  /** Resolves when the connection is gone, whichever way; never rejects. */
  readonly closed: Promise<void>
  /** The next bytes up to and including an empty line. */
  receiveHead(): Promise<string>
  receiveBytes(count: number): Promise<Uint8Array>
  /** The next head, and its body by `content-length` or chunks. */
  receiveRequest(): Promise<RawRequest>
  /** Resolves when the bytes are with the operating system. */
  send(bytes: string | Uint8Array): Promise<void>
  sendSlowly(bytes: string | Uint8Array, pace?: Pace): Promise<void>
  /** Ends orderly, after what was sent: FIN, with TLS after `close_notify`. */
  end(): Promise<void>
  /** Breaks: RST. */
  reset(): Promise<void>
  /** Does nothing more; resolves when the connection is gone. */
  stall(): Promise<void>
}

/** A connection of a raw server. */
export class SocketConnection implements RawConnection {
  readonly index: number
  readonly socket: Socket
  readonly closed: Promise<void>
  readonly #transport: Socket
  readonly #onRequest: () => void
  readonly #incoming = new IncomingBytes()
  readonly #chunks: Buffer[] = []

  /** `transport` is the TCP socket: `socket` itself, or with TLS the one below it. */
  constructor(index: number, socket: Socket, transport: Socket, onRequest: () => void) {
    this.index = index
    this.socket = socket
    this.#transport = transport
    this.#onRequest = onRequest
    // Each piece of a slow answer is to be a segment of its own.
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#incoming.push(chunk)
    })
    socket.on('end', () => this.#incoming.end())
    // 'close' follows; whoever waits learns of it by that.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#incoming.end()
        resolve()
      })
    })
  }

  get received(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  get bytesReceived(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  }

  async receiveHead(): Promise<string> {
    const head = await takeHead(this.#incoming)
    this.#onRequest()
    return head
  }

  receiveBytes(count: number): Promise<Uint8Array> {
    return this.#incoming.takeCount(count, `${count} bytes`)
  }

  async receiveRequest(): Promise<RawRequest> {
    const request = await takeRequest(this.#incoming)
    this.#onRequest()
    return request
  }

  send(bytes: string | Uint8Array): Promise<void> {
    const sent = new Promise<void>((resolve, reject) => {
      const chunk = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
      this.socket.write(chunk, (error) => (error === undefined || error === null ? resolve() : reject(error)))
    })
    // A script that does not wait does not want to hear of a client that left.
    sent.catch(() => {})
    return sent
  }

  async sendSlowly(bytes: string | Uint8Array, pace: Pace = {}): Promise<void> {
    const { chunkBytes = 1, everyMs = 0 } = pace
    const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    for (let at = 0; at < all.byteLength; at += chunkBytes) {
      if (at > 0) await pause(everyMs)
      await this.send(all.subarray(at, at + chunkBytes))
    }
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve())
      this.socket.end(() => resolve())
    })
  }

  reset(): Promise<void> {
    this.#transport.resetAndDestroy()
    return this.closed
  }

  stall(): Promise<void> {
    return this.closed
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)))
}
