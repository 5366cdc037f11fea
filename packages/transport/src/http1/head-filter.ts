import type { Socket } from 'node:net'
import { BodyError } from '@halyard/core'

const lineFeed = 10
const zero = 0x30
const one = 0x31
const letterH = 0x48

/** Whose answer is awaited. */
export interface HeadSubject {
  readonly target: string
  /** A `100 Continue` came, and was taken out. May destroy the socket. */
  onContinue(): void
}

export interface HeadLimits {
  readonly statusLineBytes: number
  readonly headerBytes: number
}

/**
 * Looks at the bytes of an HTTP/1 socket before undici's parser does, at the start of each answer only. It does what
 * the parser does not: bounds the status line, tells HTTP/1.0 from 1.1, and takes out `100 Continue` (RFC 9110
 * §15.2.1: a client must accept one it did not ask for; undici destroys the socket).
 */
export class HeadFilter {
  readonly #limits: HeadLimits
  readonly #socket: Socket
  #held: Buffer | undefined
  #atLine = false
  #subject: HeadSubject | undefined
  #version: '1.0' | '1.1' = '1.1'

  constructor(socket: Socket, limits: HeadLimits) {
    this.#socket = socket
    this.#limits = limits
    const read = socket.read.bind(socket)
    socket.read = (size?: number): Buffer | null => {
      const chunk: Buffer | null = read(size)
      return chunk !== null && this.#atLine ? this.#inspect(chunk) : chunk
    }
  }

  get version(): '1.0' | '1.1' {
    return this.#version
  }

  /** A request was written: an answer starts with the next byte. */
  expect(subject: HeadSubject): void {
    this.#atLine = true
    this.#subject = subject
    this.#held = undefined
  }

  #inspect(chunk: Buffer): Buffer | null {
    // The usual answer: a whole status line that is not of an interim response.
    if (
      this.#held === undefined &&
      chunk[9] !== one &&
      chunk[0] === letterH &&
      isShortLine(chunk, this.#limits.statusLineBytes)
    ) {
      this.#atLine = false
      this.#version = chunk[7] === zero ? '1.0' : '1.1'
      return chunk
    }
    let rest = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = undefined
    const passed: Buffer[] = []
    while (rest.length > 0) {
      const end = rest.indexOf(lineFeed)
      if ((end === -1 ? rest.length : end) > this.#limits.statusLineBytes) {
        this.#destroy(this.#tooLong())
        return null
      }
      if (end === -1) {
        if (!startsLikeHttp(rest)) return this.#pass(passed, rest)
        this.#held = rest
        break
      }
      const line = rest.toString('latin1', 0, Math.min(end, 12))
      const status = /^HTTP\/1\.[01] (1\d\d)/.exec(line)?.[1]
      if (status === undefined || status === '101') {
        this.#version = line.startsWith('HTTP/1.0') ? '1.0' : '1.1'
        return this.#pass(passed, rest)
      }
      const headEnd = rest.indexOf('\r\n\r\n')
      if (headEnd === -1) {
        if (rest.length > this.#limits.headerBytes) return this.#pass(passed, rest)
        this.#held = rest
        break
      }
      if (status === '100') {
        this.#subject?.onContinue()
        if (this.#socket.destroyed) return null
      } else passed.push(rest.subarray(0, headEnd + 4))
      rest = rest.subarray(headEnd + 4)
    }
    return passed.length === 0 ? null : Buffer.concat(passed)
  }

  #pass(passed: Buffer[], rest: Buffer): Buffer {
    this.#atLine = false
    return passed.length === 0 ? rest : Buffer.concat([...passed, rest])
  }

  #destroy(error: Error): void {
    this.#atLine = false
    this.#socket.destroy(error)
  }

  #tooLong(): BodyError {
    const target = this.#subject?.target ?? ''
    const message = `${target}: the status line is longer than limits.statusLineBytes (${this.#limits.statusLineBytes})`
    return new BodyError(message, { code: 'too-large', sent: 'yes', target })
  }
}

function isShortLine(chunk: Buffer, limit: number): boolean {
  const end = chunk.indexOf(lineFeed)
  return end > 12 && end <= limit
}

function startsLikeHttp(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, Math.min(bytes.length, 7))
  return 'HTTP/1.'.startsWith(start)
}
