import { HttpError, type HttpResponse, TransportError } from '@halyard/core'
import { fakeClock, type FakeClock } from '@halyard/testing'
import {
  eventStream,
  type EventStreamOptions,
  type EventStreamSource,
  type ServerSentEvent,
} from '../../../src/events/index.ts'
import { utf8 } from './chunks.ts'
import { answer, type Ending, ServedBody } from './served-body.ts'

const target = 'GET http://events.test/'

/** Stands for the facade's StatusError. */
export class FailingStatus extends HttpError {
  readonly code = 'status'
}

export function cut(): TransportError {
  return new TransportError(`${target}: the connection was reset`, { code: 'socket', sent: 'yes', target })
}

export function refused(): TransportError {
  return new TransportError(`${target}: the connection was refused`, { code: 'connect', sent: 'no', target })
}

/** What a request is answered with: text and how it goes on, a status, an error, or what never comes. */
export type Reply =
  | { readonly text?: string; readonly ending?: Ending }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | Error
  | 'nothing'

/** A source that answers by a list, and remembers what it was asked and what is still open. */
export class ScriptedSource implements EventStreamSource {
  readonly target: string = target
  readonly safe: boolean
  readonly replayable: boolean
  readonly signal: AbortSignal | undefined
  /** The last event ids, and when they came. */
  readonly opened: { readonly id: string | undefined; readonly at: number }[] = []
  readonly bodies: ServedBody[] = []
  readonly clock: FakeClock = fakeClock()
  readonly #replies: readonly Reply[]
  #late: ((response: HttpResponse) => void) | undefined

  constructor(
    replies: readonly Reply[],
    facts: { readonly safe?: boolean; readonly replayable?: boolean; readonly signal?: AbortSignal } = {},
  ) {
    this.#replies = replies
    this.safe = facts.safe ?? true
    this.replayable = facts.replayable ?? true
    this.signal = facts.signal
    // The longest wait that chance can give.
    this.clock.random = () => 1
  }

  get openBodies(): number {
    return this.bodies.filter(({ isOpen }) => isOpen).length
  }

  open(id: string | undefined): Promise<HttpResponse> {
    const reply = this.#replies[this.opened.length]
    this.opened.push({ id, at: this.clock.now() })
    if (reply === undefined) return Promise.reject(new Error('the script has no reply left'))
    if (reply === 'nothing') {
      return new Promise((resolve) => {
        this.#late = resolve
      })
    }
    if (reply instanceof Error) return Promise.reject(reply)
    return Promise.resolve(this.#response(reply))
  }

  check(response: HttpResponse): Promise<void> {
    if (response.status < 400) return Promise.resolve()
    return Promise.reject(new FailingStatus(`${target}: ${response.status}`, { sent: 'yes', target }))
  }

  /** The answer to what was answered with nothing. */
  answerLate(text: string): void {
    this.#late?.(this.#response({ text, ending: 'silence' }))
  }

  events(options?: EventStreamOptions): AsyncIterator<ServerSentEvent> {
    return eventStream(this, this.clock, options)[Symbol.asyncIterator]()
  }

  /** Reads to the end, moving time on whenever everything waits for it. */
  async read(options?: EventStreamOptions): Promise<{ readonly data: string[]; readonly error?: unknown }> {
    const data: string[] = []
    const reading = async (): Promise<{ readonly data: string[]; readonly error?: unknown }> => {
      try {
        for await (const event of eventStream(this, this.clock, options)) data.push(event.comment ?? event.data)
        return { data }
      } catch (error) {
        return { data, error }
      }
    }
    return await whileTimePasses(this.clock, reading())
  }

  #response(reply: Exclude<Reply, Error | 'nothing'>): HttpResponse {
    const isStatus = 'status' in reply
    const body = isStatus
      ? new ServedBody([utf8('why')], 'end')
      : new ServedBody(reply.text === undefined ? [] : [utf8(reply.text)], reply.ending ?? 'end')
    this.bodies.push(body)
    return isStatus ? answer(body, reply.status, reply.headers ?? {}) : answer(body)
  }
}

const mostRounds = 10_000

/** Runs timers until `work` is done; fails where it waits for something else. */
export async function whileTimePasses<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false
  const watched = work.finally(() => {
    isDone = true
  })
  for (let round = 0; !isDone; round += 1) {
    if (round === mostRounds) throw new Error('it waits for something that is no timer')
    await clock.runAll()
  }
  return await watched
}
