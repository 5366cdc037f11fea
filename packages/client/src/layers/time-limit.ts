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
  /** It rejected by itself, for a layer that did not listen. */
  #answered = false
  #reject: ((error: unknown) => void) | undefined
  /** Made here: a closure of `run` would hold the response, which could then never be collected unread. */
  readonly #letGo = (): void => this.release()

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
    const own = watchdog.now() + this.#limitMs
    const dueAt = this.#phase === 'total' ? Math.min(own, this.#call.deadlineAt ?? Infinity) : own
    if (this.#phase === 'total') {
      this.#call.deadlineAt = dueAt
      this.#call.deadlineMs = this.#limitMs
    }
    watchdog.watch(this, dueAt)
    return new Promise((resolve, reject) => {
      this.#reject = reject
      this.#send(next)
        .then(
          (response) => {
            if (this.#answered) {
              // Too late: the caller was told, and nobody will read it.
              void response.body.discard()
              return
            }
            this.#reject = undefined
            if (coversBody) response.body.onSettled(this.#letGo)
            else this.release()
            resolve(response)
          },
          (error: unknown) => {
            this.#reject = undefined
            this.release()
            // A layer that waits on the call's signal fails with the bare reason.
            reject(error instanceof DeadlineReason ? this.#failure() : error)
          },
        )
        // A transport of one's own that answers with something else than a response.
        .catch((broken: unknown) => {
          this.release()
          reject(broken)
        })
    })
  }

  /** A layer that throws at once fails like one that rejects. */
  #send(next: HttpHandler): Promise<HttpResponse> {
    try {
      return next(this.#request, this.#call)
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }

  release(): void {
    this.#runtime.watchdog.unwatch(this)
    if (this.#phase === 'total') this.#call.deadlineAt = undefined
  }

  override onDue(): void {
    this.release()
    this.#call.cancel(new DeadlineReason(this.#phase, this.#limitMs))
    // Whoever heard it fails in this turn, and knows better what had arrived. Nobody else is waited for.
    this.#runtime.after(0, () => {
      if (this.#reject === undefined) return
      this.#answered = true
      this.#reject(this.#failure())
    })
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
