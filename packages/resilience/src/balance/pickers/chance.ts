import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/** By chance, each by its weight. */
export class Chance implements Picker {
  readonly startsSlowly = true
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick<E extends EndpointState>(candidates: readonly E[]): E {
    let total = 0
    for (const { weight } of candidates) total += weight
    let left = this.#random() * total
    for (const endpoint of candidates) {
      left -= endpoint.weight
      if (left < 0) return endpoint
    }
    // What rounding left over.
    return at(candidates, candidates.length - 1)
  }
}
