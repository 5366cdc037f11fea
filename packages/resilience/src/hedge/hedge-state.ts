import type { HttpRequest, Runtime } from '@halyard/core'
import { HedgeBudget } from './hedge-budget.ts'
import type { HedgeEvent } from './hedge-event.ts'
import type { HedgeSettings } from './hedge-options.ts'
import { Latencies } from './latencies.ts'

/** With fewer samples a percentile says nothing. */
const leastSamples = 20

/** What the calls of a client have in common. */
export class HedgeState {
  readonly settings: HedgeSettings
  readonly #runtime: Runtime
  readonly #budget: HedgeBudget
  readonly #latencies: Latencies
  #calls = 0
  #sent = 0
  #won = 0

  constructor(settings: HedgeSettings, runtime: Runtime) {
    this.settings = settings
    this.#runtime = runtime
    this.#budget = new HedgeBudget(settings.ratio)
    this.#latencies = new Latencies(runtime)
  }

  /** A call begins that may be hedged: after so many milliseconds. `Infinity`: it is not known yet. */
  begin(request: HttpRequest): number {
    this.#calls += 1
    this.#budget.deposit()
    const { delayMs, quantile } = this.settings
    if (delayMs !== undefined) return delayMs
    const latency = this.#latencies.of(request)
    return latency.count < leastSamples ? Infinity : (latency.at(quantile) ?? Infinity)
  }

  observe(request: HttpRequest, ms: number): void {
    if (this.settings.delayMs === undefined) this.#latencies.of(request).observe(ms)
  }

  /** Takes a further request from the budgets, if they have it. */
  allows(request: HttpRequest): boolean {
    const shared = this.settings.budgets?.of(request.origin)
    return this.#budget.available >= 1 - 1e-9 && (shared === undefined || shared.withdraw()) && this.#budget.withdraw()
  }

  sent(event: HedgeEvent): void {
    this.#sent += 1
    this.#emit(event)
  }

  settled(event: HedgeEvent & { readonly type: 'settled' }): void {
    if (event.winner > 0) this.#won += 1
    this.#emit(event)
  }

  /** For `stats()`. */
  gauge(): object {
    return {
      calls: this.#calls,
      sent: this.#sent,
      won: this.#won,
      budget: this.#budget.available,
      afterMs: this.settings.delayMs ?? this.#latencies.shown(this.settings.quantile),
    }
  }

  #emit(event: HedgeEvent): void {
    if (this.#runtime.events.listening('hedge')) this.#runtime.events.emit('hedge', event)
  }
}
