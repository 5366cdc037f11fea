import {
  callKey,
  isHttpError,
  suppress,
  type Call,
  type CallKey,
  type HttpRequest,
  type Outcome,
  type Runtime,
} from '@halyard/core'
import { givenUp, sentOf, sentSoFar, whileWanted } from '../outcome/index.ts'
import type { BalanceChange, BalanceEvent } from './balance-event.ts'
import type { BalanceSettings } from './balance-options.ts'
import { readEndpoints, type EndpointConfig } from './endpoint-init.ts'
import { EndpointSet } from './endpoint-set.ts'
import { snapshot, type Endpoint, type EndpointState } from './endpoint.ts'
import { EndpointsError, type EndpointFailure } from './endpoints-error.ts'
import { HealthChecks } from './health-checks.ts'
import { pickerOf } from './pickers/picker-of.ts'
import type { Picker } from './pickers/picker.ts'
import { follow, type EndpointSource } from './source.ts'

/** Where the call's request went last: a retry or a hedge of it goes elsewhere, if it can. */
const lastKey: CallKey<Endpoint | undefined> = callKey('balance.last')
/** The least share that a slow start gives. */
const leastRamp = 0.1

/** The endpoints of a client at work: chosen from, judged, checked, kept up to date. */
export class EndpointPool {
  /** The client was closed. */
  closed = false
  readonly #runtime: Runtime
  readonly #settings: BalanceSettings
  readonly #set: EndpointSet
  readonly #picker: Picker
  readonly #checks: HealthChecks | undefined
  readonly #closing = new AbortController()
  /** A source has given a list. */
  #known = false
  /** Calls that wait for that. */
  readonly #waiting = new Set<() => void>()
  #sourceFailure: unknown

  constructor(from: readonly EndpointConfig[] | EndpointSource, settings: BalanceSettings, runtime: Runtime) {
    this.#runtime = runtime
    this.#settings = settings
    this.#set = new EndpointSet(runtime, settings, (change, endpoint) => this.#tell(change, endpoint))
    this.#picker = pickerOf(settings.strategy, () => runtime.random(), settings.key)
    if (settings.health !== undefined) {
      this.#checks = new HealthChecks(runtime, settings.health, (one, healthy) => this.#set.setHealthy(one, healthy))
    }
    runtime.onClose(() => this.#close())
    if ('watch' in from) this.#follow(from)
    else this.#take(from)
  }

  states(): readonly EndpointState[] {
    return this.#set.all.map(snapshot)
  }

  /** Whether somebody is left for a request that was at `tried`. */
  hasOther(tried: readonly Endpoint[]): boolean {
    return this.#set.candidates(tried).length > 0
  }

  /** Whom the request goes to that was at `tried` already. There is somebody: see {@link hasOther}. */
  choose(request: HttpRequest, call: Call, tried?: readonly Endpoint[]): Endpoint {
    let candidates = this.#set.candidates(tried)
    const last = call.get(lastKey)
    if (last !== undefined && candidates.length > 1) candidates = without(candidates, last)
    const chosen = this.#pickFrom(candidates, request)
    call.set(lastKey, chosen)
    return chosen
  }

  /** Waits for the first list of a source, and chooses from it. */
  async chooseWhenKnown(request: HttpRequest, call: Call): Promise<Endpoint> {
    if (!this.#known) await this.#firstList(request, call)
    if (this.hasOther([])) return this.choose(request, call)
    const error = new EndpointsError(request, this.skipped([]), sentSoFar(call))
    throw this.#sourceFailure === undefined ? error : suppress(error, [this.#sourceFailure])
  }

  /** Takes an outcome into account. */
  judge(endpoint: Endpoint, request: HttpRequest, call: Call, outcome: Outcome, startedAt: number): void {
    const verdict = this.#settings.classify(request, outcome)
    if (verdict === 'ignore') return
    const ms = this.#runtime.now() - startedAt
    if (verdict === 'ok') {
      endpoint.latency.observe(ms)
      this.#set.succeeded(endpoint)
      call.set(lastKey, undefined)
    } else if (startedAt >= endpoint.readySince) {
      // One from before it came back says nothing of how it is now, and would send it away again.
      endpoint.latency.penalize(ms)
      this.#set.failed(endpoint)
    }
  }

  /** It answered, and nobody else has to be asked. */
  accepted(endpoint: Endpoint): void {
    this.#picker.succeeded?.(endpoint)
  }

  /** Why those were not asked that are not among `tried`. */
  skipped(tried: readonly Endpoint[]): EndpointFailure[] {
    return this.#set.members
      .filter((endpoint) => !tried.includes(endpoint))
      .map(({ url, healthy }) => ({ endpoint: url, skipped: healthy ? 'ejected' : 'unhealthy' }))
  }

  get size(): number {
    return this.#set.members.length
  }

  emit(event: () => BalanceEvent): void {
    if (this.#runtime.events.listening('balance')) this.#runtime.events.emit('balance', event())
  }

  async #firstList(request: HttpRequest, call: Call): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<true>()
    const go = (): void => resolve(true)
    this.#waiting.add(go)
    const cancelTimer = this.#runtime.after(this.#settings.readyMs, go, true)
    try {
      if ((await whileWanted(promise, call, this.#runtime)) === undefined) throw givenUp(request, call)
    } finally {
      this.#waiting.delete(go)
      cancelTimer()
    }
  }

  #pickFrom(candidates: readonly Endpoint[], request: HttpRequest): Endpoint {
    const chosen = this.#picker.pick(candidates, request)
    if (this.#settings.slowStartMs === 0 || !this.#picker.startsSlowly || candidates.length === 1) return chosen
    const ramp = this.#ramp(chosen)
    if (ramp === 1 || this.#runtime.random() < ramp) return chosen
    const settled = candidates.filter((endpoint) => this.#ramp(endpoint) === 1)
    return settled.length === 0 ? chosen : this.#picker.pick(settled, request)
  }

  /** The part of its share that an endpoint gets. */
  #ramp({ readySince }: Endpoint): number {
    const grown = (this.#runtime.now() - readySince) / this.#settings.slowStartMs
    return Math.min(1, Math.max(leastRamp, grown))
  }

  #follow(source: EndpointSource): void {
    void follow(
      source,
      this.#runtime,
      this.#closing.signal,
      (list) => {
        this.#take(readEndpoints(list))
        this.#sourceFailure = undefined
        for (const go of this.#waiting) go()
      },
      (error) => {
        this.#sourceFailure = error
        this.emit(() => ({ type: 'source-failed', error }))
      },
    )
  }

  #take(configs: readonly EndpointConfig[]): void {
    this.#set.update(configs)
    this.#known = true
    this.#checks?.follow(this.#set.members)
  }

  #tell(type: BalanceChange, endpoint: Endpoint | undefined): void {
    this.emit(() => ({ type, endpoint: endpoint?.url }))
  }

  #close(): void {
    this.closed = true
    this.#closing.abort()
    this.#checks?.stop()
  }
}

function without(candidates: readonly Endpoint[], last: Endpoint): readonly Endpoint[] {
  return candidates.includes(last) ? candidates.filter((endpoint) => endpoint !== last) : candidates
}

/** Whether another endpoint may do better: this one failed, or refused, as its breaker does when it is open. */
export function isEndpointFailure(settings: BalanceSettings, request: HttpRequest, error: unknown): boolean {
  const verdict = settings.classify(request, { error })
  if (verdict === 'transient' || verdict === 'failure') return true
  return (isHttpError(error, 'rejected') || isHttpError(error, 'auth')) && sentOf({ error }) === 'no'
}
