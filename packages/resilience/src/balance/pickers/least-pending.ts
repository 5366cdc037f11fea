import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/** The one with the fewest requests under way for its weight; of several, one by chance. */
export class LeastPending implements Picker {
  readonly startsSlowly = true
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick<E extends EndpointState>(candidates: readonly E[]): E {
    let best = at(candidates, 0)
    let least = Infinity
    let equals = 0
    for (const endpoint of candidates) {
      // With one more, so that the weight counts for those that are idle.
      const load = (endpoint.pending + 1) / endpoint.weight
      if (load > least) continue
      equals = load < least ? 1 : equals + 1
      if (equals === 1 || this.#random() * equals < 1) best = endpoint
      least = load
    }
    return best
  }
}
