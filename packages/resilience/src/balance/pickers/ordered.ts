import type { EndpointState } from '../endpoint.ts'
import { at, type Picker } from './picker.ts'

/** The last one that was good, at first the first of the list; when it fails those behind it, then those before. */
export class Ordered implements Picker {
  readonly startsSlowly = false
  #lastGood: EndpointState | undefined

  pick<E extends EndpointState>(candidates: readonly E[]): E {
    const from = this.#lastGood?.draining === false ? this.#lastGood.position : 0
    return candidates.find(({ position }) => position >= from) ?? at(candidates, 0)
  }

  succeeded(endpoint: EndpointState): void {
    this.#lastGood = endpoint
  }
}
