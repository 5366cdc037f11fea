import {
  describeTarget,
  RejectedError,
  type Call,
  type EventHub,
  type HttpHandler,
  type HttpRequest,
  type Middleware,
  type Runtime,
} from '@halyard/core'
import { PerOrigin } from '../limit/per-origin.ts'
import { tellApart } from '../limit/tell-apart.ts'
import { sentSoFar } from '../outcome/index.ts'
import type { BreakerEvent, BreakerGauge } from './breaker-event.ts'
import {
  breakerSettings,
  type BreakerSettings,
  type CircuitBreakerOptions,
  type CircuitChange,
} from './breaker-options.ts'
import { Circuit, type CircuitState } from './circuit.ts'
import { GuardedOrigin } from './guarded-origin.ts'
import { readSnapshot, type BreakerSnapshot } from './snapshot.ts'

/** A middleware with a circuit for each origin, and the means to look at them. */
export interface CircuitBreaker extends Middleware {
  /** Of one origin; without one, the worst of all. An origin that was never asked is `closed`. */
  state(origin?: string): CircuitState
  /** Opens one circuit for a reset time from now on; without an origin all, also those of origins yet to come. */
  open(origin?: string): void
  /** Closes one circuit and forgets what was counted; without an origin all. */
  close(origin?: string): void
  /** All circuits, as plain data. */
  export(): BreakerSnapshot
  /** Takes over what was exported, by another process perhaps; other origins stay as they are. @throws ConfigError */
  import(state: BreakerSnapshot): void
}

/**
 * Stops asking a peer that fails: after too many failures its circuit opens, and calls are refused without being sent,
 * with `RejectedError` by `breaker`. When the reset time is over a few probes are let through; if they succeed it closes.
 *
 * Counted is the head of each answer and the error that comes instead, once. A body that is cut later changes nothing
 * any more. A status that counts as a failure still returns its response. 4xx count as answers of a peer that works.
 * Callers who give up, calls that were refused or waited for a permit here, and failures of authentication do not count
 * at all; where they were probes, they free their place.
 *
 * One state for all clients that the same middleware is given to.
 *
 * @example
 * ```ts
 * const breaker = circuitBreaker({ failureRatio: 0.5, resetMs: 5_000 })
 * const api = createPipeline({ transport: transport(), use: [breaker] })
 * breaker.state('https://api.example.com') // 'closed'
 * ```
 * @throws ConfigError
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new OriginBreaker(breakerSettings(options))
}

const order: readonly CircuitState[] = ['closed', 'half-open', 'open']

class OriginBreaker implements CircuitBreaker {
  readonly name = 'breaker'
  readonly #settings: BreakerSettings
  /** Those of the clients it is part of: a client and its extensions share one. */
  readonly #hubs = new Set<EventHub>()
  /** Made with the first client, for the clock is its own. */
  #origins: PerOrigin<GuardedOrigin> | undefined
  /** What was asked for before that. */
  #pending: (() => void)[] = []
  #runtime: Runtime | undefined
  /** When all were opened. */
  #allOpenedAt = -Infinity

  constructor(settings: BreakerSettings) {
    this.#settings = settings
  }

  wrap(next: HttpHandler, runtime: Runtime): HttpHandler {
    const origins = this.#join(runtime)
    return (request, call) => {
      const origin = origins.of(request.origin)
      switch (origin.circuit.admit()) {
        case 'pass':
          return origin.send(request, call, next)
        case 'probe':
          return origin.sendProbe(request, call, next)
        default:
          return Promise.reject(this.#refusal(origin, request, call))
      }
    }
  }

  state(origin?: string): CircuitState {
    if (origin !== undefined) return this.#origins?.peek(origin)?.circuit.state ?? 'closed'
    let worst = 0
    for (const [, { circuit }] of this.#origins?.entries() ?? []) worst = Math.max(worst, order.indexOf(circuit.state))
    return order[worst] ?? 'closed'
  }

  open(origin?: string): void {
    this.#withOrigins((origins, runtime) => {
      if (origin === undefined) this.#allOpenedAt = runtime.now()
      else origins.of(origin)
      for (const circuit of this.#chosen(origins, origin)) circuit.open()
    })
  }

  close(origin?: string): void {
    this.#withOrigins((origins) => {
      if (origin === undefined) this.#allOpenedAt = -Infinity
      for (const circuit of this.#chosen(origins, origin)) circuit.close()
    })
  }

  export(): BreakerSnapshot {
    const entries = Array.from(this.#origins?.entries() ?? [])
    return Object.fromEntries(entries.map(([origin, { circuit }]) => [origin, circuit.export()]))
  }

  import(state: BreakerSnapshot): void {
    const circuits = readSnapshot(state)
    this.#withOrigins((origins) => {
      for (const [origin, one] of circuits) origins.of(origin).circuit.import(one)
    })
  }

  /** A list of its own: whoever is told of a change may ask for other origins. */
  #chosen(origins: PerOrigin<GuardedOrigin>, origin: string | undefined): Circuit[] {
    return Array.from(origins.entries())
      .filter(([name]) => origin === undefined || name === origin)
      .map(([, { circuit }]) => circuit)
  }

  #withOrigins(run: (origins: PerOrigin<GuardedOrigin>, runtime: Runtime) => void): void {
    const origins = this.#origins
    const runtime = this.#runtime
    if (origins === undefined || runtime === undefined) this.#pending.push(() => this.#withOrigins(run))
    else run(origins, runtime)
  }

  #join(runtime: Runtime): PerOrigin<GuardedOrigin> {
    const { events } = runtime
    if (!this.#hubs.has(events)) {
      this.#hubs.add(events)
      runtime.onClose(() => void this.#hubs.delete(events))
      runtime.gauge('breaker', () => this.#gauge())
    }
    if (this.#origins !== undefined) return this.#origins
    const origins = new PerOrigin(
      (origin) => this.#made(origin, runtime),
      ({ circuit }) => circuit.isIdle,
    )
    this.#origins = origins
    this.#runtime = runtime
    const pending = this.#pending
    this.#pending = []
    for (const run of pending) run()
    return origins
  }

  #made(origin: string, runtime: Runtime): GuardedOrigin {
    const circuit = new Circuit(runtime, this.#settings.circuit)
    const leftMs = this.#allOpenedAt + this.#settings.circuit.resetMs - runtime.now()
    if (leftMs > 0) {
      circuit.import({ state: 'open', at: runtime.date(), leftMs, openings: 1, consecutiveFailures: 0, window: [] })
    }
    circuit.onChange = (from, to) => this.#tell({ origin, from, to })
    return new GuardedOrigin(circuit, this.#settings, runtime)
  }

  #tell(change: CircuitChange): void {
    const { onStateChange } = this.#settings
    for (const hub of this.#hubs) {
      if (!hub.listening('breaker')) continue
      const event: BreakerEvent = { type: 'state', ...change }
      hub.emit('breaker', event)
    }
    if (onStateChange !== undefined) tellApart(() => onStateChange(change))
  }

  #refusal(origin: GuardedOrigin, request: HttpRequest, call: Call): RejectedError {
    const { circuit } = origin
    const { state } = circuit
    const retryAfterMs = circuit.openForMs
    origin.rejected += 1
    for (const hub of this.#hubs) {
      if (!hub.listening('breaker')) continue
      const event: BreakerEvent = { type: 'rejected', origin: request.origin, state, retryAfterMs }
      hub.emit('breaker', event)
    }
    const target = describeTarget(request)
    const why =
      state === 'open'
        ? `the circuit breaker of ${request.origin} is open, and tries again in ${Math.ceil(retryAfterMs)} ms`
        : `the circuit breaker of ${request.origin} is ${state}, and its probes are under way`
    return new RejectedError(`${target}: ${why}`, { by: 'breaker', sent: sentSoFar(call), target })
  }

  #gauge(): Readonly<Record<string, BreakerGauge>> {
    const entries = Array.from(this.#origins?.entries() ?? [])
    return Object.fromEntries(
      entries.map(([origin, { circuit, rejected }]) => {
        const { calls, failures, slow } = circuit.window
        return [origin, { state: circuit.state, calls, failures, slow, rejected }]
      }),
    )
  }
}
