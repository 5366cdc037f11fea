import {
  describeTarget,
  isHttpError,
  suppress,
  type Call,
  type CancelTimer,
  type ForkedCall,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Outcome,
  type Runtime,
} from '@halyard/core'
import { noteSent, speakOfCall } from '../outcome/index.ts'
import type { HedgeState } from './hedge-state.ts'

/** Why a request was cancelled: another of the same call was first. */
class OutrunReason extends Error {
  override readonly name = 'OutrunReason'
}

/**
 * One call, and the requests that are sent for it. The first response that is no transient failure wins; when there is
 * none, the outcome that came last.
 */
export class Race {
  readonly #request: HttpRequest
  readonly #call: Call
  readonly #next: HttpHandler
  readonly #runtime: Runtime
  readonly #state: HedgeState
  readonly #startedAt: number
  /** Under way, by number; a place is empty when its request has ended. */
  readonly #runners: (ForkedCall | undefined)[] = []
  #running = 0
  #cancelTimer: CancelTimer | undefined
  /** Failures of others; several may fail for one and the same reason. */
  #earlier: Set<unknown> | undefined
  #resolve: (response: HttpResponse) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined
  #over = false

  constructor(request: HttpRequest, call: Call, next: HttpHandler, runtime: Runtime, state: HedgeState) {
    this.#request = request
    this.#call = call
    this.#next = next
    this.#runtime = runtime
    this.#state = state
    this.#startedAt = runtime.now()
  }

  run(delayMs: number): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#arm(delayMs)
      this.#start()
    })
  }

  #arm(delayMs: number): void {
    if (delayMs === Infinity) return
    const { deadlineAt } = this.#call
    if (deadlineAt !== undefined && this.#runtime.now() + delayMs >= deadlineAt) return
    this.#cancelTimer = this.#runtime.after(delayMs, () => this.#hedge(delayMs))
  }

  #hedge(delayMs: number): void {
    this.#cancelTimer = undefined
    if (this.#over || this.#call.cancelled || !this.#state.allows(this.#request)) return
    // Whoever is refused from now on cannot say that nothing was sent.
    noteSent(this.#call, 'maybe')
    const number = this.#runners.length
    this.#state.sent({
      type: 'sent',
      target: describeTarget(this.#request),
      number,
      afterMs: this.#runtime.now() - this.#startedAt,
    })
    if (number < this.#state.settings.max) this.#arm(delayMs)
    this.#start()
  }

  #start(): void {
    const number = this.#runners.length
    const runner = this.#call.fork()
    this.#runners.push(runner)
    this.#running += 1
    this.#send(runner).then(
      (response) => this.#answered(number, response),
      (error: unknown) => this.#ended(number, { error }),
    )
  }

  /** A layer that throws at once fails like one that rejects. */
  #send(runner: ForkedCall): Promise<HttpResponse> {
    try {
      return this.#next(this.#request, runner)
    } catch (thrown) {
      return Promise.reject(thrown)
    }
  }

  #answered(number: number, response: HttpResponse): void {
    if (this.#over) {
      // Too late: another was first.
      void response.body.discard()
      return
    }
    if (this.#isTransient({ response })) this.#ended(number, { response })
    else this.#win(number, { response })
  }

  /** A request came to nothing: another may still do better. */
  #ended(number: number, outcome: Outcome): void {
    if (this.#over) return
    this.#running -= 1
    this.#runners[number] = undefined
    if (this.#running === 0) {
      this.#win(number, outcome)
      return
    }
    if (outcome.response === undefined) (this.#earlier ??= new Set()).add(outcome.error)
    else void outcome.response.body.discard()
  }

  #win(number: number, outcome: Outcome): void {
    this.#over = true
    this.#cancelTimer?.()
    this.#runners[number] = undefined
    const ms = this.#runtime.now() - this.#startedAt
    this.#sample(number, outcome, ms)
    for (const runner of this.#runners)
      runner?.cancel(new OutrunReason('another request of the call was answered first'))
    if (this.#runners.length > 1) {
      this.#state.settled({ type: 'settled', target: describeTarget(this.#request), winner: number, afterMs: ms })
    }
    const { response, error } = outcome
    if (response !== undefined) this.#resolve(response)
    else {
      if (this.#runners.length > 1) speakOfCall(error, this.#call)
      this.#earlier?.delete(error)
      this.#reject(this.#earlier !== undefined && isHttpError(error) ? suppress(error, [...this.#earlier]) : error)
    }
  }

  /**
   * Takes the latency of the first request: how long it took, or at least, where a further one was faster. That it lies
   * above the delay is all that a quantile needs to know; without it the slow ones would be forgotten, the quantile
   * would sink, and more and more would be sent twice.
   */
  #sample(number: number, outcome: Outcome, ms: number): void {
    const isLoser = number > 0 && this.#runners[0] !== undefined
    if (isLoser || (number === 0 && outcome.response !== undefined && !this.#isTransient(outcome))) {
      this.#state.observe(this.#request, ms)
    }
  }

  #isTransient(outcome: Outcome): boolean {
    return this.#state.settings.classify(this.#request, outcome) === 'transient'
  }
}
