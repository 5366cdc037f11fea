import type { Call, HttpHandler, HttpRequest, HttpResponse, Runtime } from '@halyard/core'
import { isGivenUp } from '../outcome/index.ts'
import { ask } from './ask.ts'
import { gaveUpWaiting } from './gave-up.ts'
import type { LimitKind, PermitGauge } from './limit-event.ts'
import { rankOf, type Rank } from './priority.ts'
import { refusal, tellLimit } from './refusal.ts'
import { Semaphore } from './semaphore.ts'
import { Waiting, type WaitingRoom } from './waiting.ts'

export interface GateSettings {
  readonly kind: LimitKind
  readonly permits: number
  readonly maxQueued: number
  readonly queueMs: number
}

/** What passes at once to one origin: each call holds a permit until the body of its answer has settled, or it failed. */
export class PermitGate implements WaitingRoom {
  protected readonly semaphore: Semaphore<Waiting>
  /** One for all calls: a permit is as good as another. */
  protected readonly release: () => void
  readonly #settings: GateSettings
  readonly #onResponse: (response: HttpResponse) => HttpResponse
  readonly #onError: (error: unknown) => never
  #rejected = 0

  constructor(settings: GateSettings) {
    this.#settings = settings
    this.semaphore = new Semaphore(settings.permits, settings.maxQueued)
    this.release = () => this.semaphore.release()?.value.grant()
    this.#onResponse = (response) => {
      response.body.onSettled(this.release)
      return response
    }
    this.#onError = (error) => {
      this.release()
      throw error
    }
  }

  get isIdle(): boolean {
    return this.semaphore.isIdle
  }

  get gauge(): PermitGauge {
    const { permits, held, queue } = this.semaphore
    return { permits, held, queued: queue.length, rejected: this.#rejected }
  }

  /** Sends the call as soon as there is a permit. */
  pass(request: HttpRequest, call: Call, next: HttpHandler, runtime: Runtime): Promise<HttpResponse> {
    let rank: Rank
    try {
      rank = rankOf(call.options)
    } catch (wrong) {
      return Promise.reject(wrong)
    }
    return this.semaphore.tryAcquire()
      ? this.send(request, call, next, runtime)
      : this.#queue(request, call, next, runtime, rank)
  }

  leave(waiting: Waiting): void {
    this.semaphore.queue.leave(waiting.place)
  }

  tooLong(waiting: Waiting): unknown {
    this.#rejected += 1
    const { kind, queueMs } = this.#settings
    return refusal(waiting, kind, 'too-long', `no permit within ${queueMs} ms (${this.#describe()})`)
  }

  /** Holds a permit, and lets go of it. */
  protected send(request: HttpRequest, call: Call, next: HttpHandler, _runtime: Runtime): Promise<HttpResponse> {
    return ask(next, request, call).then(this.#onResponse, this.#onError)
  }

  #queue(request: HttpRequest, call: Call, next: HttpHandler, runtime: Runtime, rank: Rank): Promise<HttpResponse> {
    if (isGivenUp(call, runtime)) return Promise.reject(gaveUpWaiting(request, call))
    const { kind, queueMs } = this.#settings
    const { queue } = this.semaphore
    const waiting = new Waiting(this, request, call, runtime, rank, queueMs)
    const displaced = queue.enter(waiting.place)
    if (displaced !== undefined) {
      this.#rejected += 1
      const isNewcomer = displaced === waiting.place
      const words = isNewcomer ? 'all permits are taken' : 'made room in the queue for a call of a higher priority'
      const error = refusal(displaced.value, kind, isNewcomer ? 'full' : 'shed', `${words} (${this.#describe()})`)
      if (isNewcomer) return Promise.reject(error)
      displaced.value.refuse(error)
    }
    tellLimit(runtime, () => ({ type: 'queued', limit: kind, origin: request.origin, queued: queue.length }))
    return waiting.begin().then(() => {
      // Between the permit and now.
      if (isGivenUp(call, runtime)) {
        this.release()
        throw gaveUpWaiting(request, call)
      }
      return this.send(request, call, next, runtime)
    })
  }

  #describe(): string {
    const { held, permits, queue } = this.semaphore
    const what = this.#settings.kind === 'adaptive' ? 'adaptive limit' : 'bulkhead'
    return `${what}: ${held} of ${permits} in flight, ${queue.length} queued`
  }
}
