import type { ServerHandler, ServerRequest, ServerResponse } from '@halyard/testing'
import type { Socket } from 'node:net'

/** One exchange, as the server saw it. */
export interface Exchange {
  /** Which of the server's connections it came over, from 1. */
  readonly connection: number
  readonly requestLine: string
  readonly headers: readonly string[]
  /** Undefined where no answer was begun. */
  readonly status: number | undefined
  readonly complete: boolean
  /** With the head. */
  readonly bytesIn: number
  readonly bytesOut: number
}

interface Counters {
  readonly number: number
  read: number
  written: number
}

/** Writes down what a server's connections carry. */
export class WireRecorder {
  readonly #sockets = new WeakMap<Socket, Counters>()
  #connections = 0
  #inFlight = 0
  #seen: Exchange[] = []
  #onIdle: (() => void) | undefined

  /** The same handler, recorded. */
  record(handler: ServerHandler): ServerHandler {
    return (request, response) => {
      this.#inFlight += 1
      const { socket } = request
      response.once('close', () => {
        this.#seen.push(this.#describe(request, response, socket))
        this.#inFlight -= 1
        if (this.#inFlight === 0) this.#onIdle?.()
      })
      return handler(request, response)
    }
  }

  /** What was seen since the last time, when nothing is in flight any more. */
  async take(): Promise<readonly Exchange[]> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  #describe(request: ServerRequest, response: ServerResponse, socket: Socket): Exchange {
    const counters = this.#countersOf(socket)
    const { read, written } = counters
    counters.read = socket.bytesRead
    counters.written = socket.bytesWritten
    return {
      connection: counters.number,
      requestLine: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
      headers: pairs(request.rawHeaders),
      status: response.headersSent ? response.statusCode : undefined,
      complete: response.writableFinished,
      bytesIn: counters.read - read,
      bytesOut: counters.written - written,
    }
  }

  #countersOf(socket: Socket): Counters {
    const known = this.#sockets.get(socket)
    if (known !== undefined) return known
    this.#connections += 1
    const made = { number: this.#connections, read: 0, written: 0 }
    this.#sockets.set(socket, made)
    return made
  }
}

function pairs(flat: readonly string[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < flat.length; at += 2) lines.push(`${flat[at]}: ${flat[at + 1]}`)
  return lines
}
