import {
  DeadlineReason,
  httpRequest,
  newCall,
  noHeaders,
  type CancelTimer,
  type ForkedCall,
  type HttpResponse,
  type Runtime,
} from '@halyard/core'
import type { Endpoint } from './endpoint.ts'

export interface HealthSettings {
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly healthyAfter: number
  readonly unhealthyAfter: number
  readonly expect: (response: HttpResponse) => boolean
}

/** Asks each endpoint again and again whether it is well, past all layers. */
export class HealthChecks {
  readonly #runtime: Runtime
  readonly #settings: HealthSettings
  readonly #report: (endpoint: Endpoint, healthy: boolean) => void
  readonly #checks = new Map<Endpoint, Check>()

  constructor(runtime: Runtime, settings: HealthSettings, report: (endpoint: Endpoint, healthy: boolean) => void) {
    this.#runtime = runtime
    this.#settings = settings
    this.#report = report
  }

  /** Checks these from now on, the new ones at once, and no others. */
  follow(endpoints: readonly Endpoint[]): void {
    for (const [endpoint, check] of this.#checks) {
      if (endpoints.includes(endpoint)) continue
      check.stop()
      this.#checks.delete(endpoint)
    }
    for (const endpoint of endpoints) {
      if (this.#checks.has(endpoint)) continue
      const check = new Check(endpoint, this.#runtime, this.#settings, this.#report)
      this.#checks.set(endpoint, check)
      check.run()
    }
  }

  /** Leaves no timer and no request. */
  stop(): void {
    this.follow([])
  }
}

/** The checks of one endpoint, one at a time. */
class Check {
  readonly #endpoint: Endpoint
  readonly #runtime: Runtime
  readonly #settings: HealthSettings
  readonly #report: (endpoint: Endpoint, healthy: boolean) => void
  #good = 0
  #bad = 0
  #stopped = false
  #cancelTimer: CancelTimer | undefined
  /** The request under way. */
  #call: ForkedCall | undefined

  constructor(
    endpoint: Endpoint,
    runtime: Runtime,
    settings: HealthSettings,
    report: (endpoint: Endpoint, healthy: boolean) => void,
  ) {
    this.#endpoint = endpoint
    this.#runtime = runtime
    this.#settings = settings
    this.#report = report
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
    this.#call?.cancel(new Error('health checks were stopped'))
  }

  run(): void {
    const { timeoutMs } = this.#settings
    const call = newCall().fork()
    const startedAt = this.#runtime.now()
    this.#call = call
    this.#cancelTimer = this.#runtime.after(timeoutMs, () => {
      this.#end(call, startedAt, false)
      call.cancel(new DeadlineReason('attempt', timeoutMs))
    })
    this.#ask(call).then(
      (good) => this.#end(call, startedAt, good),
      () => this.#end(call, startedAt, false),
    )
  }

  async #ask(call: ForkedCall): Promise<boolean> {
    const { origin, headers = noHeaders, send = this.#runtime.send } = this.#endpoint.config
    const { path, expect } = this.#settings
    const response = await send(httpRequest({ method: 'GET', origin, path, headers, body: undefined }), call)
    try {
      return expect(response)
    } finally {
      void response.body.discard()
    }
  }

  /** The first end counts: its answer, its failure, or its time. */
  #end(call: ForkedCall, startedAt: number, good: boolean): void {
    if (this.#call !== call) return
    this.#call = undefined
    if (this.#stopped) return
    this.#cancelTimer?.()
    this.#good = good ? this.#good + 1 : 0
    this.#bad = good ? 0 : this.#bad + 1
    // Sooner by chance, so that many clients do not ask at the same time.
    const waitMs = this.#settings.intervalMs * (1 - 0.1 * this.#runtime.random())
    const passedMs = this.#runtime.now() - startedAt
    this.#cancelTimer = this.#runtime.after(Math.max(0, waitMs - passedMs), () => this.run())
    if (good && this.#good >= this.#settings.healthyAfter) this.#report(this.#endpoint, true)
    if (!good && this.#bad >= this.#settings.unhealthyAfter) this.#report(this.#endpoint, false)
  }
}
