import type { Endpoint } from './endpoint.ts'

export interface OutlierSettings {
  /** Failures in a row that eject an endpoint. */
  readonly consecutiveFailures: number
  /** For how long. */
  readonly ejectMs: number
  /** Never more than this share of all. */
  readonly maxEjectedRatio: number
}

/**
 * Passive ejection: who fails several times in a row is left out for a while.
 *
 * An endpoint that comes back keeps its count until it succeeds: its first failure ejects it again.
 */
export class Outliers {
  readonly #settings: OutlierSettings

  constructor(settings: OutlierSettings) {
    this.#settings = settings
  }

  /** Counts a failure; true where it ejects the endpoint, which is one of `all`. */
  failed(endpoint: Endpoint, all: readonly Endpoint[], now: number): boolean {
    endpoint.failures += 1
    if (endpoint.failures < this.#settings.consecutiveFailures) return false
    if (endpoint.draining || isEjected(endpoint, now)) return false
    let ejected = 1
    for (const one of all) if (isEjected(one, now)) ejected += 1
    if (ejected > all.length * this.#settings.maxEjectedRatio) return false
    endpoint.ejectedUntil = now + this.#settings.ejectMs
    return true
  }
}

export function isEjected({ ejectedUntil }: Endpoint, now: number): boolean {
  return ejectedUntil !== undefined && ejectedUntil > now
}
