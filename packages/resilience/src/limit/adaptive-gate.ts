import {
  classify as defaultClassify,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Outcome,
  type Runtime,
} from '@halyard/core'
import { AimdLimit } from './aimd-limit.ts'
import { ask } from './ask.ts'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import { GradientLimit } from './gradient-limit.ts'
import type { AdaptiveSettings } from './limit-options.ts'
import { PermitGate } from './permit-gate.ts'
import { tellLimit } from './refusal.ts'

/** A gate whose permits follow what the outcomes say. */
export class AdaptiveGate extends PermitGate {
  readonly #settings: AdaptiveSettings
  readonly #limit: ConcurrencyLimit

  constructor(settings: AdaptiveSettings) {
    super(settings.gate)
    this.#settings = settings
    const { algorithm, bounds, slowCallMs } = settings
    this.#limit = algorithm === 'gradient' ? new GradientLimit(bounds) : new AimdLimit(bounds, slowCallMs)
  }

  protected override send(
    request: HttpRequest,
    call: Call,
    next: HttpHandler,
    runtime: Runtime,
  ): Promise<HttpResponse> {
    const startedAt = runtime.now()
    const before = this.semaphore.held
    // The most that is known to have been under way with it.
    const inFlight = (): number => Math.max(before, this.semaphore.held)
    return ask(next, request, call).then(
      (response) => {
        try {
          this.#learn(request, { response }, runtime.now() - startedAt, inFlight(), runtime)
        } catch (thrown) {
          void response.body.discard()
          throw thrown
        } finally {
          response.body.onSettled(this.release)
        }
        return response
      },
      (error: unknown) => {
        try {
          this.#learn(request, { error }, runtime.now() - startedAt, inFlight(), runtime)
        } finally {
          this.release()
        }
        throw error
      },
    )
  }

  #learn(request: HttpRequest, outcome: Outcome, latencyMs: number, inFlight: number, runtime: Runtime): void {
    const verdict = (this.#settings.classify ?? defaultClassify)(request, outcome)
    if (verdict === 'transient') this.#limit.dropped(inFlight)
    // A refusal is quick however busy the peer is: a 401 says nothing of how long answers take.
    else if (verdict === 'ok' && (outcome.response?.status ?? 500) < 400) this.#limit.answered(latencyMs, inFlight)
    const { permits: from } = this.semaphore
    const to = this.#limit.limit
    if (from === to) return
    this.semaphore.resize(to)
    tellLimit(runtime, () => ({ type: 'changed', limit: 'adaptive', origin: request.origin, from, to }))
    for (let place = this.semaphore.next(); place !== undefined; place = this.semaphore.next()) place.value.grant()
  }
}
