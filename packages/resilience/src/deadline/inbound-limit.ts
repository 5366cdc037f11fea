import {
  DeadlineReason,
  describeTarget,
  TimeoutError,
  Watched,
  type Call,
  type ForkedCall,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
  type Sent,
} from '@halyard/core'

/** The limit that came with an inbound request, on one call. Goes on until the body has settled. */
export class InboundLimit extends Watched {
  readonly #call: ForkedCall
  readonly #request: HttpRequest
  readonly #runtime: Runtime
  readonly #limitMs: number
  /** Where nobody below listened: what the caller waits for. */
  #reject: ((error: unknown) => void) | undefined
  readonly #letGo = (): void => this.#release()

  constructor(leftMs: number, request: HttpRequest, call: Call, runtime: Runtime) {
    super()
    this.#limitMs = Math.max(0, Math.floor(leftMs))
    this.#request = request
    this.#runtime = runtime
    this.#call = call.fork({ attempt: call.attempt })
    this.#call.deadlineAt = runtime.now() + leftMs
    this.#call.deadlineMs = this.#limitMs
  }

  run(next: HttpHandler): Promise<HttpResponse> {
    const dueAt = this.#call.deadlineAt ?? 0
    const { watchdog } = this.#runtime
    if (dueAt <= this.#runtime.now()) return Promise.reject(this.#failure('no'))
    watchdog.watch(this, dueAt)
    return new Promise((resolve, reject) => {
      this.#reject = reject
      this.#send(next).then(
        (response) => {
          if (this.#reject === undefined) {
            // Too late: the caller was told, and nobody will read it.
            void response.body.discard()
            return
          }
          this.#reject = undefined
          response.body.onSettled(this.#letGo)
          resolve(response)
        },
        (error: unknown) => {
          this.#reject = undefined
          this.#release()
          reject(error instanceof DeadlineReason ? this.#failure('maybe') : error)
        },
      )
    })
  }

  override onDue(): void {
    this.#release()
    this.#call.cancel(new DeadlineReason('total', this.#limitMs))
    // Whoever heard it fails in this turn, and knows better what had arrived. Nobody else is waited for.
    this.#runtime.after(0, () => {
      const reject = this.#reject
      this.#reject = undefined
      reject?.(this.#failure('maybe'))
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

  #release(): void {
    this.#runtime.watchdog.unwatch(this)
  }

  #failure(sent: Sent): TimeoutError {
    const target = describeTarget(this.#request)
    const message = `${target}: not done within ${this.#limitMs} ms (total), which the inbound request left`
    return new TimeoutError(message, { phase: 'total', limitMs: this.#limitMs, sent, target })
  }
}
