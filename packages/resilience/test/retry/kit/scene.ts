import { CallContext, respond, type Call, type HttpRequest, type HttpResponse, type RespondInit } from '@halyard/core'
import { fakeRuntime, type FakeRuntime } from '@halyard/testing'
import { retry, type RetryInit } from '../../../src/retry/index.ts'

/** What the server does with one attempt. */
export type Step = RespondInit | Error | ((request: HttpRequest, call: Call) => Promise<HttpResponse>)

/** One attempt as the server saw it. */
export interface Seen {
  readonly request: HttpRequest
  readonly attempt: number
  /** On the clock. */
  readonly at: number
}

/** A retry on a clock that is held, around a server that does one step after the other; the last one again and again. */
export class Scene {
  readonly runtime: FakeRuntime = fakeRuntime()
  readonly seen: Seen[] = []
  readonly open: Set<HttpResponse> = new Set()
  readonly middleware: ReturnType<typeof retry>
  readonly #handler: (request: HttpRequest, call: Call) => Promise<HttpResponse>

  constructor(options: RetryInit, steps: readonly Step[], shared?: ReturnType<typeof retry>) {
    this.middleware = shared ?? retry(options)
    this.#handler = this.middleware.wrap(async (request, call) => {
      const step = steps[Math.min(this.seen.length, steps.length - 1)] ?? {}
      this.seen.push({ request, attempt: call.attempt, at: this.runtime.now() })
      if (step instanceof Error) throw step
      if (typeof step === 'function') return await step(request, call)
      const response = respond({ body: 'x', ...step })
      this.open.add(response)
      response.body.onSettled(() => this.open.delete(response))
      return response
    }, this.runtime)
  }

  /** Starts a call, and does not wait for it. */
  start(request: HttpRequest, call: Call = new CallContext()): Promise<HttpResponse> {
    const started = this.#handler(request, call)
    started.catch(() => undefined)
    return started
  }

  /** Makes a call, letting all the time pass that it wants. */
  async run(request: HttpRequest, call?: Call): Promise<HttpResponse> {
    const started = this.start(request, call)
    await this.runtime.clock.runAll()
    return await started
  }

  /** Milliseconds between the attempts. */
  get waits(): readonly number[] {
    return this.seen.slice(1).map(({ at }, index) => at - (this.seen[index]?.at ?? 0))
  }
}

/** A call that counts who listens. */
export class CountedCall extends CallContext {
  listeners = 0

  override addListener(listener: Parameters<CallContext['addListener']>[0]): void {
    this.listeners += 1
    super.addListener(listener)
  }

  override removeListener(listener: Parameters<CallContext['removeListener']>[0]): void {
    this.listeners -= 1
    super.removeListener(listener)
  }
}
