import {
  canResend,
  describeTarget,
  isHttpError,
  suppress,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Outcome,
  type Runtime,
} from '@halyard/core'
import {
  AttemptFailure,
  FailedAnswer,
  givenUp,
  isGivenUp,
  isSpent,
  mayResend,
  noteSent,
  pause,
  sentOf,
  speakOfCall,
} from '../outcome/index.ts'
import type { RetryBudget } from './budget.ts'
import { askWhen, isCandidate, isPlainlyFine } from './judgement.ts'
import { retryEvent, type RetryRefusal } from './retry-event.ts'
import type { RetrySettings } from './retry-settings.ts'
import { waitBefore } from './wait.ts'

/** What a retrial works with. */
export interface RetrialInit {
  readonly next: HttpHandler
  readonly runtime: Runtime
  readonly request: HttpRequest
  readonly call: Call
  readonly settings: RetrySettings
  readonly budget: RetryBudget | undefined
}

/** A call after its first attempt did not work. Made for those calls alone. */
export class Retrial {
  readonly #init: RetrialInit
  readonly #earlier: unknown[] = []
  /** How many attempts are over. */
  #made = 1

  constructor(init: RetrialInit) {
    this.#init = init
  }

  /** Goes on from the outcome of the first attempt to that of the call. */
  async from(outcome: Outcome): Promise<HttpResponse> {
    const { request, call, settings, runtime } = this.#init
    let last = outcome
    for (;;) {
      const { response } = last
      if (response !== undefined && isPlainlyFine(response.status, settings)) return response
      const failure = new AttemptFailure(request, last, call.attempt + this.#made - 1)
      const waitMs = await this.#judge(failure, last)
      if (waitMs === undefined) return this.#end(failure)
      noteSent(call, sentOf(last))
      this.#earlier.push(response === undefined ? last.error : new FailedAnswer(request, response))
      // A body that does not end holds up nobody: the wait is for the backoff alone.
      void failure.discard()
      await pause(waitMs, call, runtime)
      if (isGivenUp(call, runtime)) throw givenUp(request, call, this.#earlier)
      const next = await this.#send()
      if (isSpent(next) && response === undefined) return this.#end(failure)
      last = next
    }
  }

  async #send(): Promise<Outcome> {
    const { next, request, call } = this.#init
    const fork = call.fork({ attempt: call.attempt + this.#made })
    this.#made += 1
    try {
      return { response: await next(request, fork) }
    } catch (error) {
      return { error }
    }
  }

  /** How long to wait for the next attempt; `undefined`: the outcome stands. */
  async #judge(failure: AttemptFailure, outcome: Outcome): Promise<number | undefined> {
    const { request, call, settings, budget, runtime } = this.#init
    if (call.cancelled || !isCandidate(request, outcome, settings)) return undefined
    if (this.#made >= settings.attempts) return this.#refuse(failure, 'attempts')
    if (!mayResend(request, outcome, call, settings.mayRepeat)) {
      return this.#refuse(failure, canResend(request, outcome) ? 'method' : 'body')
    }
    let waitMs: number | undefined
    try {
      const worth = await askWhen(failure, settings, call, runtime)
      if (worth === undefined) throw givenUp(request, call, this.#earlier)
      if (!worth || call.cancelled) return undefined
      waitMs = waitBefore(this.#made, failure, settings, call, runtime)
    } catch (wrong) {
      void failure.discard()
      throw wrong
    }
    if (waitMs === undefined) return this.#refuse(failure, 'wait')
    if (budget !== undefined && !budget.withdraw()) return this.#refuse(failure, 'budget')
    if (runtime.events.listening('retry')) {
      runtime.events.emit('retry', retryEvent(describeTarget(request), failure, { waitMs }))
    }
    return waitMs
  }

  #refuse(failure: AttemptFailure, refusal: RetryRefusal): undefined {
    const { runtime, request } = this.#init
    if (!runtime.events.listening('retry')) return
    runtime.events.emit('retry', retryEvent(describeTarget(request), failure, { refusal }))
  }

  /** The outcome of the last attempt is that of the call. */
  #end(failure: AttemptFailure): HttpResponse {
    const { answer, error } = failure
    if (answer !== undefined) return answer
    // One error may have ended several attempts.
    const others = this.#earlier.filter((earlier) => earlier !== error)
    if (isHttpError(error) && others.length > 0) suppress(error, others)
    speakOfCall(error, this.#init.call)
    throw error
  }
}
