import { httpRequest, noHeaders, type HttpRequest } from '@halyard/core'
import type { EndpointState } from '../../../src/balance/index.ts'
import { readEndpoints } from '../../../src/balance/endpoint-init.ts'
import { Endpoint } from '../../../src/balance/endpoint.ts'
import type { FakeClock } from '@halyard/testing'

/** Endpoints `http://e0`, `http://e1` … with these weights. */
export function endpointsOf(clock: FakeClock, weights: readonly number[]): Endpoint[] {
  const configs = readEndpoints(weights.map((weight, index) => ({ url: `http://e${index}`, weight })))
  return configs.map((config, index) => new Endpoint(config, index, clock))
}

export function get(path: string, origin = 'http://a'): HttpRequest {
  return httpRequest({ method: 'GET', origin, path, headers: noHeaders, body: undefined })
}

/** How often each was picked, by position. */
export function tally(count: number, size: number, pick: (index: number) => EndpointState): number[] {
  const picks = Array.from({ length: size }, () => 0)
  for (let index = 0; index < count; index += 1) {
    const { position } = pick(index)
    picks[position] = (picks[position] ?? 0) + 1
  }
  return picks
}
