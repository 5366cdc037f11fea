import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/** One after the other, in the order of the list. */
export class RoundRobin implements Picker {
  readonly startsSlowly = true
  #last = -1

  pick<E extends EndpointState>(candidates: readonly E[]): E {
    const following = candidates.find(({ position }) => position > this.#last) ?? at(candidates, 0)
    this.#last = following.position
    return following
  }
}
