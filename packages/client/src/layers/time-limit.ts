import {
  DeadlineReason,
  TimeoutError,
  Watched,
  describeTarget,
  type Call,
  type ForkedCall,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
} from '@halyard/core'

/** One limit on one call. Cancels the call when due, and answers for layers that do not listen. */
export class TimeLimit extends Watched {
  readonly #call: ForkedCall
  readonly #request: HttpRequest
  readonly #runtime: Runtime
  readonly #phase: 'total' | 'attempt'
  readonly #limitMs: number
  #reject: ((error: unknown) => void) | undefined

  constructor(phase: 'total' | 'attempt', limitMs: number, request: HttpRequest, call: Call, runtime: Runtime) {
    super()
    this.#request = request
    this.#runtime = runtime
    this.#phase = phase
    this.#limitMs = limitMs
    this.#call = call.fork()
  }

  /** Runs `next` within the limit. With `coversBody` the limit goes on until the body has settled. */
  run(next: HttpHandler, coversBody: boolean): Promise<HttpResponse> {
    const { watchdog } = this.#runtime
    const dueAt = watchdog.now() + this.#limitMs
    if (this.#phase === 'total') this.#call.deadlineAt = dueAt
    watchdog.watch(this, dueAt)
    return new Promise((resolve, reject) => {
      this.#reject = reject
      next(this.#request, this.#call).then(
        (response) => {
          this.#reject = undefined
          if (coversBody) response.body.onSettled(() => this.release())
          else this.release()
          resolve(response)
        },
        (error: unknown) => {
          this.release()
          reject(error)
        },
      )
    })
  }

  release(): void {
    this.#runtime.watchdog.unwatch(this)
  }

  override onDue(): void {
    this.release()
    this.#call.cancel(new DeadlineReason(this.#phase, this.#limitMs))
    // Whoever heard it fails in this turn, and knows better what had arrived. Nobody else is waited for.
    this.#runtime.after(0, () => this.#reject?.(this.#failure()))
  }

  #failure(): TimeoutError {
    const phase = this.#phase
    const limitMs = this.#limitMs
    const target = describeTarget(this.#request)
    return new TimeoutError(`${target}: not done within ${limitMs} ms (${phase})`, {
      phase,
      limitMs,
      sent: 'maybe',
      target,
    })
  }
}
