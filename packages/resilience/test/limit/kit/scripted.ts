import {
  AbortedError,
  AuthError,
  CallContext,
  describeTarget,
  httpRequest,
  noHeaders,
  respond,
  TransportError,
  type AnyMiddleware,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type RespondInit,
} from '@halyard/core'
import { fakeRuntime, type FakeRuntime } from '@halyard/testing'

/** One call that came through to `next`. */
export interface Sent {
  readonly request: HttpRequest
  readonly call: Call
  answer(init?: RespondInit): HttpResponse
  fail(error?: unknown): void
}

/** A middleware on a `next` that a test plays by hand. */
export class Scripted implements AsyncDisposable {
  readonly runtime: FakeRuntime
  /** What came through, in order. */
  readonly sent: Sent[] = []
  /** Events by name. */
  readonly events: { readonly name: string; readonly event: object }[] = []
  readonly handler: HttpHandler

  constructor(middleware: AnyMiddleware, listenTo: readonly string[] = [], runtime: FakeRuntime = fakeRuntime()) {
    this.runtime = runtime
    const { events } = runtime
    if ('on' in events && typeof events.on === 'function')
      for (const name of listenTo) events.on(name, (event: object) => this.events.push({ name, event }))
    this.handler = middleware.wrap(
      (request, call) =>
        new Promise<HttpResponse>((resolve, reject) => {
          this.sent.push({
            request,
            call,
            answer: (init) => {
              const response = respond(init)
              resolve(response)
              return response
            },
            fail: (error = broken(request)) => reject(error),
          })
        }),
      runtime,
    )
  }

  /** Starts a call; it never rejects by itself. */
  start(init: { origin?: string; options?: Record<string, unknown>; call?: CallContext } = {}): Started {
    const call = init.call ?? new CallContext(init.options)
    return new Started(this.handler, plainRequest(init.origin), call)
  }

  /** Lets promise chains run. */
  settle(): Promise<void> {
    return this.runtime.clock.advance(0)
  }

  /** A call that is answered at once and read to its end. */
  async whole(init: RespondInit | Error, origin?: string): Promise<Started> {
    const started = this.start(origin === undefined ? {} : { origin })
    await this.settle()
    if (started.outcome !== undefined) return started
    const last = this.sent.at(-1)
    if (init instanceof Error) last?.fail(init)
    else await last?.answer(init).body.discard()
    await this.settle()
    return started
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.runtime.close()
  }
}

/** A call that was started. */
export class Started {
  readonly call: CallContext
  outcome: { readonly response?: HttpResponse; readonly error?: unknown } | undefined

  constructor(handler: HttpHandler, request: HttpRequest, call: CallContext) {
    this.call = call
    handler(request, call).then(
      (response) => void (this.outcome = { response }),
      (error: unknown) => void (this.outcome = { error }),
    )
  }

  get error(): unknown {
    return this.outcome?.error
  }

  get status(): number | undefined {
    return this.outcome?.response?.status
  }
}

function plainRequest(origin = 'http://a.test'): HttpRequest {
  return httpRequest({ method: 'GET', origin, path: '/things?secret=1', headers: noHeaders, body: undefined })
}

export function broken(request: HttpRequest = plainRequest()): TransportError {
  const target = describeTarget(request)
  return new TransportError(`${target}: the connection broke`, { code: 'socket', sent: 'maybe', target })
}

export const aborted = (): AbortedError => new AbortedError('aborted', { sent: 'maybe', target: '' })
export const unauthorized = (): AuthError => new AuthError('no token', { sent: 'no', target: '' })
