import {
  type AnyMiddleware,
  type Call,
  describeTarget,
  type HttpHandler,
  httpRequest,
  type HttpRequest,
  type HttpResponse,
  noHeaders,
  respond,
  type RespondInit,
} from '@halyard/core'
import { eventLoopTurn } from '../time/event-loop-turn.ts'
import { type FakeRuntime, fakeRuntime } from '../time/fake-runtime.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { Started } from './started.ts'
import { WatchedCall } from './watched-call.ts'

/** One time that the middleware called `next`. */
export interface NextCall {
  readonly request: HttpRequest
  readonly call: Call
  /** 0 for the first. */
  readonly index: number
  /** Makes a response that is watched until its body settles. */
  readonly respond: (init: RespondInit) => HttpResponse
}

/** Plays `next`. */
export type NextScript = (asked: NextCall) => HttpResponse | Promise<HttpResponse>

/** A rule is broken; the message says how. */
export class Broken extends Error {}

/** Turns of the event loop after which nothing more is expected to happen by itself. */
const quietTurns = 50

/** A middleware on a scripted `next` and a fake runtime. */
export class Trial implements AsyncDisposable {
  readonly options: ConformanceOptions
  readonly runtime: FakeRuntime
  /** The calls of `next` so far. */
  readonly asked: NextCall[] = []
  readonly #handler: HttpHandler
  readonly #open = new Set<HttpResponse>()

  constructor(middleware: AnyMiddleware, options: ConformanceOptions, script: NextScript) {
    this.options = options
    this.runtime = fakeRuntime(options.send === undefined ? {} : { send: options.send })
    const next: HttpHandler = (request, call) => {
      const asked = { request, call, index: this.asked.length, respond: this.respond }
      this.asked.push(asked)
      const answer = script(asked)
      return answer instanceof Promise ? answer : Promise.resolve(answer)
    }
    this.#handler = middleware.wrap(next, this.runtime)
  }

  /** Responses made by `respond` whose body is neither read nor discarded. */
  get openBodies(): number {
    return this.#open.size
  }

  /** The request to check with. */
  get request(): HttpRequest {
    return this.options.request ?? plainRequest
  }

  start(request?: HttpRequest): Started {
    return new Started(this.#handler, request ?? this.request, new WatchedCall(this.options.callOptions))
  }

  /** Starts a call and waits for its end, letting time pass as it wants. */
  async run(request?: HttpRequest): Promise<Started> {
    const started = this.start(request)
    if (await this.until(() => started.settled)) return started
    throw new Broken(`${describeTarget(request ?? this.request)} never settles, though every call of next has`)
  }

  readonly respond = (init: RespondInit): HttpResponse => {
    const response = respond(init)
    this.#open.add(response)
    response.body.onSettled(() => void this.#open.delete(response))
    return response
  }

  /** Waits for `condition`, firing timers that are due within `withinMs` of the clock; false where it does not come. */
  async until(condition: () => boolean, withinMs: number = Infinity): Promise<boolean> {
    const { clock } = this.runtime
    const clockEnd = clock.now() + withinMs
    const end = performance.now() + (this.options.patienceMs ?? 1000)
    for (;;) {
      // Real work, as of WebCrypto, goes before time on the clock.
      for (let turns = 0; turns < 3; turns += 1) {
        if (condition()) return true
        await eventLoopTurn()
      }
      const { nextAt } = clock
      if (nextAt !== undefined && nextAt <= clockEnd) await clock.advance(Math.max(0, nextAt - clock.now()))
      if (performance.now() > end) return condition()
    }
  }

  /** Lets everything happen that can happen without anybody's doing; with `withTimers` also what waits for time. */
  async quiet(withTimers: boolean): Promise<void> {
    const { clock } = this.runtime
    for (let turns = 0; turns < quietTurns; turns += 1) {
      await eventLoopTurn()
      const { nextAt } = clock
      if (nextAt !== undefined && (withTimers || nextAt <= clock.now()))
        await clock.advance(Math.max(0, nextAt - clock.now()))
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.runtime.close()
  }
}

const plainRequest = httpRequest({
  method: 'GET',
  origin: 'http://conformance.test',
  path: '/things',
  headers: noHeaders,
  body: undefined,
})
