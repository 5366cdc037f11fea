import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/** More than any latency: what a newcomer is taken to need while its first answer is awaited. */
const unknownMs = 1e9
/** So that what is under way counts also where answers take no time. */
const leastMs = 0.1

/** Of two by chance the one that is likely to answer sooner: by its peak latency, what is under way, and its weight. */
export class P2cEwma implements Picker {
  readonly startsSlowly = true
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick<E extends EndpointState>(candidates: readonly E[]): E {
    const count = candidates.length
    if (count === 1) return at(candidates, 0)
    const first = Math.floor(this.#random() * count)
    const offset = 1 + Math.floor(this.#random() * (count - 1))
    const left = at(candidates, first)
    const right = at(candidates, (first + offset) % count)
    return cost(right) < cost(left) ? right : left
  }
}

function cost({ ewmaMs, pending, weight }: EndpointState): number {
  if (ewmaMs === undefined) return pending === 0 ? 0 : (unknownMs * pending) / weight
  return ((ewmaMs + leastMs) * (pending + 1)) / weight
}
