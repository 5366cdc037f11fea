import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/** Smooth weighted round-robin: each gets its share, and the turns of a heavy one lie apart. */
export class Weighted implements Picker {
  readonly startsSlowly = true
  readonly #credit = new WeakMap<EndpointState, number>()

  pick<E extends EndpointState>(candidates: readonly E[]): E {
    let best = at(candidates, 0)
    let bestCredit = -Infinity
    let total = 0
    for (const endpoint of candidates) {
      const credit = (this.#credit.get(endpoint) ?? 0) + endpoint.weight
      this.#credit.set(endpoint, credit)
      total += endpoint.weight
      if (credit > bestCredit) {
        best = endpoint
        bestCredit = credit
      }
    }
    this.#credit.set(best, bestCredit - total)
    return best
  }
}
