import type { HttpResponse } from '@halyard/core'
import type { EventStreamSource } from '../../../src/events/index.ts'
import { inPieces, utf8 } from './chunks.ts'
import { cut } from './scripted-source.ts'
import { answer, ServedBody } from './served-body.ts'

/** How one connection is served: at most so many bytes, then cut, in pieces of a size. */
export interface Service {
  readonly bytes: number
  readonly pieceSize: number
}

export function logEntry(number: number, lineEnd: string): string {
  const lines = [`id: ${number}`, 'event: entry', `data: ${number} é`, 'data: 😀', '', '']
  return lines.join(lineEnd)
}

/** A server that has a log of events, and gives what follows the last event id. Answers 204 where nothing does. */
export class EventLog implements EventStreamSource {
  readonly target = 'GET http://events.test/'
  readonly safe = true
  readonly replayable = true
  readonly bodies: ServedBody[] = []
  connections = 0
  readonly #count: number
  readonly #lineEnd: string
  readonly #service: (connection: number) => Service

  constructor(count: number, lineEnd: string, service: (connection: number) => Service) {
    this.#count = count
    this.#lineEnd = lineEnd
    this.#service = service
  }

  open(lastEventId: string | undefined): Promise<HttpResponse> {
    const last = Number(lastEventId ?? 0)
    const { bytes, pieceSize } = this.#service(this.connections)
    this.connections += 1
    const numbers = Array.from({ length: this.#count - last }, (_, index) => last + index + 1)
    const stream = utf8(numbers.map((number) => logEntry(number, this.#lineEnd)).join(''))
    const isCut = bytes <= stream.byteLength
    const body = new ServedBody(inPieces(stream.subarray(0, bytes), pieceSize), isCut ? cut() : 'end')
    this.bodies.push(body)
    return Promise.resolve(answer(body, numbers.length === 0 ? 204 : 200))
  }

  check(): Promise<void> {
    return Promise.resolve()
  }
}
