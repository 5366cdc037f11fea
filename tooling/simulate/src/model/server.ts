import type { Clock } from '@halyard/core'

/** A request, as the server sees it. */
export interface Job {
  /** Whether somebody still waits for the answer. The server does not know: it is for the figures. */
  readonly isAwaited: boolean
  answer(status: number): void
}

export interface ServerSettings {
  /** Requests that are worked on at once. */
  readonly workers: number
  /** Requests that wait for a worker; one more is answered 503 at once. */
  readonly queue: number
  /** Draws how long one takes when nobody else is there. */
  readonly serviceMs: () => number
  /** With a full queue everything takes `1 + slowdown` times as long: memory, caches and locks are short. @defaultValue 0 */
  readonly slowdown?: number
  /** Decides of each request that was worked on whether it came to nothing: the answer is 503. @defaultValue none */
  readonly fails?: (() => boolean) | undefined
  /** Meanwhile no work begins, as when a database hangs; requests are still accepted. @defaultValue none */
  readonly outage?: { readonly fromMs: number; readonly toMs: number } | undefined
  /** Told of each request that comes. */
  readonly onArrival?: (() => void) | undefined
}

/** A server with workers and a queue, that works through what it was given whether or not somebody still waits for it. */
export class Server {
  /** Requests that came, whatever became of them. */
  arrived = 0
  /** Requests that were worked on to the end. */
  done = 0
  /** Of these, those whose client had given up. */
  wasted = 0
  readonly #clock: Clock
  readonly #settings: ServerSettings
  readonly #queue: (Job | undefined)[] = []
  /** Of the first in the queue: what was taken out is cut off now and then. */
  #head = 0
  #busy = 0

  constructor(clock: Clock, settings: ServerSettings) {
    this.#clock = clock
    this.#settings = settings
    const { outage } = settings
    if (outage !== undefined) clock.after(outage.toMs, () => this.#work())
  }

  get waiting(): number {
    return this.#queue.length - this.#head
  }

  take(job: Job): void {
    this.arrived += 1
    this.#settings.onArrival?.()
    if (this.waiting >= this.#settings.queue) {
      job.answer(503)
      return
    }
    this.#queue.push(job)
    this.#work()
  }

  #work(): void {
    while (this.#busy < this.#settings.workers && this.waiting > 0 && !this.#isDown()) {
      const job = this.#queue[this.#head]
      this.#queue[this.#head] = undefined
      this.#head += 1
      if (this.#head >= 1024) {
        this.#queue.splice(0, this.#head)
        this.#head = 0
      }
      if (job === undefined) continue
      this.#busy += 1
      this.#clock.after(this.#serviceMs(), () => this.#finish(job))
    }
  }

  #finish(job: Job): void {
    this.#busy -= 1
    this.done += 1
    if (!job.isAwaited) this.wasted += 1
    job.answer(this.#settings.fails?.() === true ? 503 : 200)
    this.#work()
  }

  #serviceMs(): number {
    const { serviceMs, slowdown = 0, queue } = this.#settings
    return serviceMs() * (1 + slowdown * Math.min(1, this.waiting / queue))
  }

  #isDown(): boolean {
    const { outage } = this.#settings
    const now = this.#clock.now()
    return outage !== undefined && now >= outage.fromMs && now < outage.toMs
  }
}
