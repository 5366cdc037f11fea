import type { Clock } from '@halyard/core'
import type { BalanceChange } from './balance-event.ts'
import { sameConfig, type EndpointConfig } from './endpoint-init.ts'
import { Endpoint } from './endpoint.ts'
import { isEjected, Outliers, type OutlierSettings } from './outlier.ts'

export interface EndpointSetSettings {
  readonly outlier: OutlierSettings | false
  /** With a smaller usable share than this, those that are ejected are used as well; if none is left, all. */
  readonly panicRatio: number
  readonly zone: string | undefined
}

const none: readonly Endpoint[] = []

/** The endpoints of a balancer: who is there, and who may be used. */
export class EndpointSet {
  readonly #clock: Clock
  readonly #settings: EndpointSetSettings
  readonly #outliers: Outliers | undefined
  readonly #tell: (change: BalanceChange, endpoint?: Endpoint) => void
  readonly #draining = new Set<Endpoint>()
  #members: readonly Endpoint[] = none
  /** Who may be used, and of those whom nobody else is preferred to. Right until something changes, or time passes. */
  #usable: readonly Endpoint[] = none
  #preferred: readonly Endpoint[] = none
  #freshUntil = -Infinity
  #panicking = false

  constructor(
    clock: Clock,
    settings: EndpointSetSettings,
    tell: (change: BalanceChange, endpoint?: Endpoint) => void = () => undefined,
  ) {
    this.#clock = clock
    this.#settings = settings
    this.#outliers = settings.outlier === false ? undefined : new Outliers(settings.outlier)
    this.#tell = tell
  }

  /** Those in the list, in its order. */
  get members(): readonly Endpoint[] {
    return this.#members
  }

  /** Those in the list, and those that drain. */
  get all(): readonly Endpoint[] {
    this.#refresh()
    return [...this.#members, ...this.#draining]
  }

  /** Too few are usable: those that are not are used, too. */
  get panicking(): boolean {
    this.#refresh()
    return this.#panicking
  }

  /**
   * Takes a new list. Whoever stays keeps what is known of it; whoever is gone gets no more requests, and is forgotten
   * when its last one has ended; the same URL twice counts once.
   */
  update(configs: readonly EndpointConfig[]): void {
    const isFirst = this.#members.length === 0 && this.#draining.size === 0
    const known = new Map([...this.#draining, ...this.#members].map((one) => [one.url, one]))
    const members = new Map<string, Endpoint>()
    const added: Endpoint[] = []
    for (const config of configs) {
      if (members.has(config.url)) continue
      let endpoint = known.get(config.url)
      if (endpoint === undefined || endpoint.draining) added.push((endpoint ??= new Endpoint(config, 0, this.#clock)))
      endpoint.position = members.size
      if (!sameConfig(endpoint.config, config)) endpoint.config = config
      members.set(config.url, endpoint)
    }
    const removed = this.#members.filter(({ url }) => !members.has(url))
    this.#members = [...members.values()]
    this.#freshUntil = -Infinity
    for (const endpoint of removed) this.#drain(endpoint)
    for (const endpoint of added) this.#add(endpoint, isFirst)
  }

  /** Whom a request may go to that was at `tried` already. Not to be changed. */
  candidates(tried: readonly Endpoint[] = none): readonly Endpoint[] {
    this.#refresh()
    return tried.length === 0
      ? this.#preferred
      : this.#nearest(this.#usable.filter((endpoint) => !tried.includes(endpoint)))
  }

  /** It answered as it should. */
  succeeded(endpoint: Endpoint): void {
    endpoint.failures = 0
  }

  failed(endpoint: Endpoint): void {
    if (this.#outliers === undefined) endpoint.failures += 1
    else if (this.#outliers.failed(endpoint, this.#members, this.#clock.now())) {
      this.#freshUntil = -Infinity
      this.#tell('ejected', endpoint)
    }
  }

  /** What its health checks say. One that is healthy is not ejected either. */
  setHealthy(endpoint: Endpoint, healthy: boolean): void {
    const returns = healthy && endpoint.ejectedUntil !== undefined
    if (endpoint.healthy === healthy && !returns) return
    const changed = endpoint.healthy !== healthy
    endpoint.healthy = healthy
    if (healthy) endpoint.comeBack(this.#clock.now())
    this.#freshUntil = -Infinity
    this.#tell(changed ? (healthy ? 'healthy' : 'unhealthy') : 'returned', endpoint)
  }

  #add(endpoint: Endpoint, isFirst: boolean): void {
    this.#draining.delete(endpoint)
    endpoint.draining = false
    // Who starts together with the others has nobody to leave the load to.
    if (!isFirst) endpoint.readySince = this.#clock.now()
    this.#tell('added', endpoint)
  }

  #drain(endpoint: Endpoint): void {
    endpoint.draining = true
    endpoint.onDrained = (one) => this.#draining.delete(one)
    if (endpoint.pending > 0) this.#draining.add(endpoint)
    this.#tell('removed', endpoint)
  }

  #refresh(): void {
    const now = this.#clock.now()
    if (now < this.#freshUntil) return
    this.#freshUntil = Infinity
    const usable: Endpoint[] = []
    for (const endpoint of this.#members) {
      if (isEjected(endpoint, now)) {
        this.#freshUntil = Math.min(this.#freshUntil, endpoint.ejectedUntil ?? Infinity)
        continue
      }
      if (endpoint.ejectedUntil !== undefined) {
        endpoint.comeBack(now)
        this.#tell('returned', endpoint)
      }
      if (endpoint.healthy) usable.push(endpoint)
    }
    const panicking = usable.length < this.#members.length * this.#settings.panicRatio
    this.#usable = panicking ? this.#inPanic() : usable
    this.#preferred = this.#nearest(this.#usable)
    if (panicking !== this.#panicking) {
      this.#panicking = panicking
      this.#tell(panicking ? 'panic' : 'calm')
    }
  }

  /** To be ejected may be bad luck; whoever fails its health checks is down, unless that is said of all. */
  #inPanic(): readonly Endpoint[] {
    const healthy = this.#members.filter((endpoint) => endpoint.healthy)
    return healthy.length === 0 ? this.#members : healthy
  }

  /** Those of the lowest priority number, and of them those in the own zone, if any is. */
  #nearest(endpoints: readonly Endpoint[]): readonly Endpoint[] {
    let best = Infinity
    for (const endpoint of endpoints) best = Math.min(best, this.#tier(endpoint))
    const isBest = (endpoint: Endpoint): boolean => this.#tier(endpoint) === best
    return endpoints.every(isBest) ? endpoints : endpoints.filter(isBest)
  }

  #tier({ priority, zone }: Endpoint): number {
    const own = this.#settings.zone
    return priority * 2 + (own === undefined || zone === own ? 0 : 1)
  }
}
