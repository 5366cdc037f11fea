import type { HttpRequest } from '@halyard/core'
import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/**
 * The same key goes to the same endpoint. By rendezvous: each endpoint has a score for the key, the highest wins; so
 * one that goes moves its own keys and no others, and one that comes takes its share of each.
 */
export class ConsistentHash implements Picker {
  readonly startsSlowly = false
  readonly #keyOf: (request: HttpRequest) => string
  readonly #hashes = new WeakMap<EndpointState, number>()

  constructor(keyOf: (request: HttpRequest) => string) {
    this.#keyOf = keyOf
  }

  pick<E extends EndpointState>(candidates: readonly E[], request: HttpRequest): E {
    const key = hash(this.#keyOf(request))
    let best = at(candidates, 0)
    let highest = -Infinity
    for (const endpoint of candidates) {
      // Weighted rendezvous: -weight / ln(u), with u from 0 to 1, both excluded.
      const u = (mix(key ^ this.#hashOf(endpoint)) + 0.5) / 2 ** 32
      const score = -endpoint.weight / Math.log(u)
      if (score > highest) {
        best = endpoint
        highest = score
      }
    }
    return best
  }

  #hashOf(endpoint: EndpointState): number {
    let known = this.#hashes.get(endpoint)
    if (known === undefined) {
      known = mix(hash(endpoint.url))
      this.#hashes.set(endpoint, known)
    }
    return known
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  return state >>> 0
}

/** Murmur3's last step: each bit of the input changes half of the output's. */
function mix(value: number): number {
  let state = value
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}
