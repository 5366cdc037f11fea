import type { Call, CancelTimer, HttpHandler, HttpRequest, HttpResponse, Runtime } from '@halyard/core'
import { hasTimeFor, isGivenUp } from '../outcome/index.ts'
import { rateLimitMs } from '../retry/rate-limit.ts'
import { retryAfterMs } from '../retry/retry-after.ts'
import { ask } from './ask.ts'
import { gaveUpWaiting } from './gave-up.ts'
import type { RateGauge } from './limit-event.ts'
import type { RateSettings } from './limit-options.ts'
import { rankOf, type Rank } from './priority.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { refusal, tellLimit } from './refusal.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'
import { WaitQueue } from './wait-queue.ts'
import { Waiting, type WaitingRoom } from './waiting.ts'

/** What passes in a time to one origin. */
export class RateGate implements WaitingRoom {
  readonly #settings: RateSettings
  readonly #runtime: Runtime
  readonly #origin: string
  readonly #limiter: RateLimiter
  readonly #queue: WaitQueue<Waiting>
  readonly #onResponse: (response: HttpResponse) => HttpResponse
  /** Of the timer for the next permit, while somebody waits. */
  #cancelTimer: CancelTimer | undefined
  #rejected = 0

  constructor(settings: RateSettings, runtime: Runtime, origin: string) {
    this.#settings = settings
    this.#runtime = runtime
    this.#origin = origin
    const { algorithm, permits, perMs, maxQueued } = settings
    this.#limiter =
      algorithm === 'token-bucket'
        ? new TokenBucket(runtime, permits, perMs)
        : new SlidingWindow(runtime, permits, perMs)
    this.#queue = new WaitQueue(maxQueued)
    this.#onResponse = (response) => {
      if (response.status === 429) this.#pause(response)
      return response
    }
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#limiter.isFull
  }

  get gauge(): RateGauge {
    return { queued: this.#queue.length, waitMs: this.#limiter.waitMs(1), rejected: this.#rejected }
  }

  /** Sends the call as soon as there is a permit. */
  pass(request: HttpRequest, call: Call, next: HttpHandler, runtime: Runtime): Promise<HttpResponse> {
    let rank: Rank
    try {
      rank = rankOf(call.options)
    } catch (wrong) {
      return Promise.reject(wrong)
    }
    return this.#queue.length === 0 && this.#limiter.take()
      ? this.#send(request, call, next)
      : this.#wait(request, call, next, runtime, rank)
  }

  leave(waiting: Waiting): void {
    if (this.#queue.leave(waiting.place)) this.#arm()
  }

  tooLong(waiting: Waiting): unknown {
    return this.#refuse(waiting, 'too-long', `no permit within ${this.#settings.queueMs} ms`)
  }

  #send(request: HttpRequest, call: Call, next: HttpHandler): Promise<HttpResponse> {
    const answer = ask(next, request, call)
    return this.#settings.maxPauseMs === undefined ? answer : answer.then(this.#onResponse)
  }

  #wait(request: HttpRequest, call: Call, next: HttpHandler, runtime: Runtime, rank: Rank): Promise<HttpResponse> {
    if (isGivenUp(call, runtime)) return Promise.reject(gaveUpWaiting(request, call))
    const { queueMs } = this.#settings
    const waiting = new Waiting(this, request, call, runtime, rank, queueMs)
    const waitMs = this.#limiter.waitMs(this.#queue.before(rank) + 1)
    // No wait that is in vain.
    if (waitMs > queueMs || !hasTimeFor(waitMs, call, runtime)) {
      const why = waitMs > queueMs ? '' : ', and the deadline comes first'
      return Promise.reject(this.#refuse(waiting, 'too-long', `no permit for ${Math.ceil(waitMs)} ms${why}`))
    }
    const displaced = this.#queue.enter(waiting.place)
    if (displaced === waiting.place) return Promise.reject(this.#refuse(waiting, 'full', 'too many calls wait'))
    displaced?.value.refuse(
      this.#refuse(displaced.value, 'shed', 'made room in the queue for a call of a higher priority'),
    )
    tellLimit(runtime, () => ({ type: 'queued', limit: 'rate', origin: this.#origin, queued: this.#queue.length }))
    const granted = waiting.begin()
    // A permit may be there, and the timer late.
    this.#serve()
    return granted.then(() => {
      if (isGivenUp(call, runtime)) throw gaveUpWaiting(request, call)
      return this.#send(request, call, next)
    })
  }

  readonly #serve = (): void => {
    while (this.#queue.length > 0 && this.#limiter.take()) this.#queue.shift()?.value.grant()
    this.#arm()
  }

  /** Sets the timer for the next permit, if somebody waits for it. */
  #arm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer =
      this.#queue.length === 0 ? undefined : this.#runtime.after(this.#limiter.waitMs(1), this.#serve, true)
  }

  #pause({ headers }: HttpResponse): void {
    const { permits, perMs, maxPauseMs = 0 } = this.#settings
    const asked = retryAfterMs(headers, this.#runtime.date()) ?? rateLimitMs(headers) ?? perMs / permits
    const ms = Math.min(asked, maxPauseMs)
    this.#limiter.pause(this.#runtime.now() + ms)
    tellLimit(this.#runtime, () => ({ type: 'paused', limit: 'rate', origin: this.#origin, ms }))
    // Those who wait stay: their timer finds no permit, and is set anew.
  }

  #refuse(waiting: Waiting, reason: 'full' | 'shed' | 'too-long', words: string): unknown {
    this.#rejected += 1
    const { permits, perMs } = this.#settings
    return refusal(waiting, 'rate', reason, `${words} (rate limit: ${permits} in ${perMs} ms)`)
  }
}
