import type { Clock } from '@halyard/core'
import type { EndpointConfig } from './endpoint-init.ts'
import { PeakEwma } from './peak-ewma.ts'

/** What is known of an endpoint now. */
export interface EndpointState {
  /** Origin and base path. */
  readonly url: string
  /** Its share beside the others. */
  readonly weight: number
  /** Where it stands, if that was said. */
  readonly zone: string | undefined
  /** 0 is used first. */
  readonly priority: number
  /** The name that its certificate must be for, where that is not the URL's host. */
  readonly serverName: string | undefined
  /** Its place in the list. */
  readonly position: number
  /** Requests under way, until their bodies have settled. */
  readonly pending: number
  /** The expected time to the head of an answer; `undefined` as long as there was none. */
  readonly ewmaMs: number | undefined
  /** In a row, up to now. */
  readonly failures: number
  /** On the runtime's clock, while it is ejected for its failures. */
  readonly ejectedUntil: number | undefined
  /** By its health checks; true without. */
  readonly healthy: boolean
  /** It was removed from the list, and its last requests end. */
  readonly draining: boolean
}

/** One endpoint, as the balancer keeps it. */
export class Endpoint implements EndpointState {
  config: EndpointConfig
  position: number
  pending = 0
  failures = 0
  ejectedUntil: number | undefined
  healthy = true
  draining = false
  /** Since when it may be used, for a slow start; long ago for the first ones. */
  readySince: number = -Infinity
  readonly latency: PeakEwma
  /** Told when a draining endpoint has nothing under way. */
  onDrained: ((endpoint: Endpoint) => void) | undefined

  constructor(config: EndpointConfig, position: number, clock: Clock) {
    this.config = config
    this.position = position
    this.latency = new PeakEwma(clock)
  }

  get url(): string {
    return this.config.url
  }

  get weight(): number {
    return this.config.weight
  }

  get zone(): string | undefined {
    return this.config.zone
  }

  get priority(): number {
    return this.config.priority
  }

  get serverName(): string | undefined {
    return this.config.serverName
  }

  get ewmaMs(): number | undefined {
    return this.latency.ms
  }

  /** It may be used again from `now` on, like one that has just come. */
  comeBack(now: number): void {
    this.ejectedUntil = undefined
    this.readySince = now
    this.latency.forget()
  }

  /** One request less. Made once: each response's body tells it. */
  readonly release: () => void = () => {
    this.pending -= 1
    if (this.draining && this.pending === 0) this.onDrained?.(this)
  }
}

/** What is known of an endpoint before anything was sent. */
export function untried({ url, weight, zone, priority, serverName }: EndpointConfig, position: number): EndpointState {
  const nothing = {
    pending: 0,
    ewmaMs: undefined,
    failures: 0,
    ejectedUntil: undefined,
    healthy: true,
    draining: false,
  }
  return { url, weight, zone, priority, serverName, position, ...nothing }
}

/** A copy, for people. */
export function snapshot(endpoint: EndpointState): EndpointState {
  const { url, weight, zone, priority, serverName, position } = endpoint
  const { pending, ewmaMs, failures, ejectedUntil, healthy, draining } = endpoint
  const known = { url, weight, zone, priority, serverName, position }
  return { ...known, pending, ewmaMs, failures, ejectedUntil, healthy, draining }
}
